from dataclasses import replace

import pytest

from domain.access import AccessRequest, Action, Grant
from domain.ids import AssetId, ConduitId, PersonId
from domain.plant import Protocol
from policies.facts import Facts
from policies.rules.conduit_passes import ConduitPasses
from tests.for_each import for_each
from tests.policies.plant import asking, charter, charter_with, facts, standing, wanting, word

RULE = ConduitPasses()


def at(asset: str, *grants: str, person: str = "ana") -> AccessRequest:
    return wanting(
        tuple(Grant.of(one) for one in grants),
        asset=AssetId(asset),
        person=PersonId(person),
        actions=frozenset(),
    )


@for_each(
    ("asset", "grants", "expected"),
    [
        pytest.param("eng-ws-1", ["shell"], "accept", id="a shell on an SSH station"),
        pytest.param("eng-ws-1", ["shell", "sftp", "exec", "scp"], "accept", id="all that SSH has"),
        pytest.param("plc-07", ["forward:5020"], "accept", id="a forward to the controller's port"),
        pytest.param("plc-07", ["forward:5021"], "passage_not_in_conduit", id="a forward to another port"),
        pytest.param("plc-07", ["shell"], "port_not_registered", id="a shell on a controller without SSH"),
        pytest.param("plc-07", ["sftp"], "passage_not_in_conduit", id="files where the conduit has none"),
        pytest.param("gateway-1", ["shell"], "accept", id="a shell on the gateway"),
        pytest.param("gateway-1", ["exec"], "passage_not_in_conduit", id="a shell grant is no exec grant"),
        pytest.param("eng-ws-1", ["forward:2201"], "unrecordable_inner_tunnel", id="SSH inside a forward"),
        pytest.param("eng-ws-1", ["forward"], "port_not_registered", id="a forward to no port"),
        pytest.param("sis-1", ["shell"], "no_conduit", id="no conduit leads there"),
        pytest.param("nothing", ["shell"], "abstain", id="no asset is asset-registered's to refuse"),
    ],
)
def test_a_conduit_lets_through_what_it_names(asset: str, grants: list[str], expected: str) -> None:
    # row: C03, # row: C05
    assert word(RULE, at(asset, *grants), facts()) == expected


@for_each(
    ("grant", "expected"),
    [
        ("shell", "accept"),
        ("exec", "shell_only"),
        ("sftp", "shell_only"),
        ("scp", "shell_only"),
        ("forward:23", "shell_only"),
        ("forward:502", "accept"),
        ("forward:80", "passage_not_in_conduit"),
    ],
)
@for_each("protocol", [Protocol.TELNET, Protocol.SERIAL])
def test_a_line_has_a_shell_and_nothing_else(protocol: Protocol, grant: str, expected: str) -> None:
    old = charter().assets[AssetId("plc-07")]
    modbus = replace(old.endpoints[0], port=502)
    asset = replace(old, endpoints=(replace(modbus, protocol=protocol, port=23), modbus))
    way = next(one for one in charter().conduits.values() if one.destination == old.zone)
    way = replace(
        way,
        carries={**way.carries, protocol: frozenset(Action)},
        grants=frozenset(map(Grant.of, ("shell", "exec", "sftp", "scp", "forward"))),
    )
    given = facts(
        charter=charter_with(
            assets={**charter().assets, asset.id: asset}, conduits={**charter().conduits, way.id: way}
        ),
        standings=(),
    )
    assert word(RULE, at("plc-07", grant), given) == expected


def test_a_vendor_that_no_conduit_names_has_no_way() -> None:  # row: C03
    assert word(RULE, at("plc-07", "forward:5020", person="ben"), facts()) == "no_conduit"


def test_a_person_of_the_plant_is_not_this_rules_business() -> None:
    assert word(RULE, at("eng-ws-1", "shell", person="petra"), facts()) == "abstain"


def narrowed(conduit: str, **changes: object) -> Facts:
    old = charter().conduits[ConduitId(conduit)]
    new = replace(old, **changes)  # type: ignore[arg-type]
    return facts(charter=charter_with(conduits={**charter().conduits, old.id: new}), standings=())


@pytest.mark.parametrize(
    ("protocols", "expected"),
    [
        pytest.param({Protocol.MODBUS}, "accept", id="the endpoint's protocol"),
        pytest.param({Protocol.SSH}, "protocol_not_in_conduit", id="another protocol"),
        pytest.param({Protocol.TCP}, "protocol_not_in_conduit", id="plain TCP is no wildcard"),
    ],
)
def test_the_endpoints_protocol_must_be_on_the_conduit(protocols: set[Protocol], expected: str) -> None:
    given = narrowed("dmz-pumping", carries=dict.fromkeys(protocols, frozenset(Action)))
    assert word(RULE, at("plc-07", "forward:5020"), given) == expected


def test_a_grant_of_one_port_opens_no_other() -> None:
    given = narrowed("dmz-pumping", grants=frozenset({Grant.of("forward:502")}))
    assert word(RULE, at("plc-07", "forward:5020"), given) == "passage_not_in_conduit"


def test_a_grant_of_a_port_that_the_asset_does_not_have_leads_nowhere() -> None:
    given = narrowed("dmz-pumping", grants=frozenset({Grant.of("forward:502")}))
    assert word(RULE, at("plc-07", "forward:502"), given) == "port_not_registered"


@pytest.mark.parametrize(
    ("asset", "expected"),
    [
        pytest.param("plc-07", "accept", id="the controller has a port that the conduit carries"),
        pytest.param("gateway-1", "port_not_registered", id="the gateway has none but SSH"),
    ],
)
def test_asking_for_any_forward_means_the_assets_own_ports(asset: str, expected: str) -> None:
    request = asking((Grant.of("forward"),), asset=AssetId(asset))
    assert word(RULE, request, facts()) == expected


def test_a_pinned_conduit_is_the_only_one_considered() -> None:
    other = asking(conduit=ConduitId("dmz-pumping"))
    assert word(RULE, other, facts()) == "no_conduit"
    assert word(RULE, asking(conduit=ConduitId("dmz-operations")), facts()) == "accept"


def test_a_permit_over_a_conduit_that_no_longer_leads_there_finds_no_way() -> None:
    given = facts(standings=(standing(conduit=ConduitId("dmz-pumping")),))
    assert word(RULE, wanting(), given) == "no_conduit"
