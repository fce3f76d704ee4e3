from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.access import Action, Grant
from domain.attestation import Statement, of_delegation
from domain.delegation import Delegation, Stake
from domain.ids import AssetId, ConduitId, PersonId, ZoneId
from domain.plant import OperatingState, Outflow, ZoneKind
from domain.rights import DecisionRight
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.charter.documents import read_charter
from policies.rights import deciders, may_decide_on, required_rights, seats_for
from tests.for_each import for_each
from tests.policies.plant import (
    CLOSES,
    CONTRACT_ENDS,
    MICRO,
    NOW,
    OPENS,
    charter,
    charter_with,
    files,
    permit,
)

STATION, WAY = AssetId("eng-ws-1"), ConduitId("dmz-operations")
CONNECT, SAFETY, DATA_OUT = DecisionRight.CONNECT, DecisionRight.SAFETY, DecisionRight.DATA_OUT
STAKE = Stake(frozenset({Action.VIEW}), frozenset({OperatingState.RUNNING}))


def able(
    given: Charter | None = None, requester: str = "ana", at: datetime = NOW, stake: Stake = STAKE
) -> tuple[str, ...]:
    """Who may decide on Ana's way into the operations zone."""
    seats = seats_for(
        given or charter(), [CONNECT], asset=STATION, conduit=WAY, stake=stake, requester=PersonId(requester), at=at
    )  # fmt: skip
    return deciders(seats, CONNECT)


@pytest.mark.parametrize(
    ("requester", "at", "expected"),
    [
        pytest.param("ana", NOW, ("petra", "deniz"), id="holder, then deputy, and nobody else"),
        pytest.param("petra", NOW, ("deniz",), id="never one's own"),
        pytest.param("ana", CONTRACT_ENDS - MICRO, ("petra", "deniz"), id="the last instant"),
        pytest.param("ana", CONTRACT_ENDS, (), id="nobody once it is void"),
    ],
)
def test_those_who_may_decide_are_named_in_order(
    requester: str, at: datetime, expected: tuple[str, ...]
) -> None:
    """B02: admin rank gives nothing."""
    assert able(requester=requester, at=at) == expected


def given(**changes: Any) -> Charter:
    """The sample, where Petra has let Milo decide on looking, while the zone runs."""
    sample = Delegation(
        right=CONNECT,
        boundary="riverside",
        by=PersonId("petra"),
        to=PersonId("milo"),
        actions=frozenset({Action.VIEW}),
        states=frozenset({OperatingState.RUNNING}),
        window=TimeWindow(OPENS, CLOSES),
        approved=OPENS,
    )
    one = replace(sample, **changes)
    signed = Statement(of_delegation(one), one.by, one.approved, bytes(16))
    return charter_with(delegations=(one,), statements=(signed,))


@for_each(
    ("delegated", "stake", "at", "may"),
    [
        pytest.param(given(), STAKE, NOW, True, id="within it"),
        pytest.param(given(), STAKE, OPENS, True, id="its first instant"),
        pytest.param(given(), STAKE, OPENS - MICRO, False, id="before it began"),
        pytest.param(given(), STAKE, CLOSES, False, id="expired"),
        pytest.param(
            given(), replace(STAKE, actions=frozenset({Action.VIEW, Action.OPERATE})), NOW, False,
            id="beyond the actions listed",
        ),
        pytest.param(
            given(), replace(STAKE, states=frozenset(OperatingState)), NOW, False, id="beyond the states listed"
        ),
        pytest.param(given(boundary="pumping"), STAKE, NOW, False, id="over another boundary"),
        pytest.param(given(right=DATA_OUT), STAKE, NOW, False, id="of another right"),
        pytest.param(given(by=PersonId("deniz")), STAKE, NOW, False, id="given by the deputy"),
        pytest.param(given(to=PersonId("ben")), STAKE, NOW, False, id="given to a vendor's person"),
    ],
)  # fmt: skip
def test_a_delegate_decides_on_what_was_listed_and_nothing_else(
    delegated: Charter, stake: Stake, at: datetime, may: bool
) -> None:
    """B02, B03: the holder and the deputy decide all the while."""
    assert able(delegated, at=at, stake=stake) == ("petra", "deniz", *(("milo",) if may else ()))


def test_every_way_that_is_written_down_requires_the_right_to_connect() -> None:
    for conduit in charter().conduits.values():
        for asset in charter().assets.values():
            if asset.zone == conduit.destination:
                assert required_rights(charter(), asset.id, conduit.id) == {CONNECT}


@pytest.mark.parametrize("end", ["dmz", "operations"])
def test_a_way_that_touches_a_safety_zone_requires_the_second_key(end: str) -> None:
    """B17: at either end of the conduit."""
    zones = charter().zones | {
        ZoneId(end): replace(charter().zones[ZoneId(end)], kind=ZoneKind.CONTROL, safety=True)
    }
    assert required_rights(charter_with(zones=zones), STATION, WAY) == {CONNECT, SAFETY}


@pytest.mark.parametrize(
    ("grants", "expected"),
    [
        pytest.param(["sftp"], {CONNECT, DATA_OUT}, id="what the conduit says"),
        pytest.param(["shell", "sftp"], {CONNECT, DATA_OUT}, id="beside something else"),
        pytest.param(["shell"], {CONNECT}, id="something else"),
    ],
)
def test_what_lets_data_leave_requires_the_right_to_let_it(
    grants: list[str], expected: set[DecisionRight]
) -> None:
    """J02: a download needs the yes of who holds ``data_out``."""
    way = replace(charter().conduits[WAY], data_out=frozenset({Outflow.SFTP, Outflow.RECORDING}))
    conduits = charter().conduits | {WAY: way}
    found = required_rights(
        charter_with(conduits=conduits), STATION, WAY, frozenset(Grant.of(one) for one in grants)
    )
    assert found == expected


@pytest.mark.parametrize(
    ("person", "changed", "may"),
    [
        pytest.param("petra", {}, True, id="the holder"),
        pytest.param("deniz", {}, True, id="the deputy"),
        pytest.param("olga", {}, False, id="who wrote the charter"),
        pytest.param("iris", {}, False, id="the auditor"),
        pytest.param("ben", {}, False, id="a vendor's person"),
        pytest.param("nobody", {}, False, id="a stranger"),
        pytest.param("petra", {"person": PersonId("petra")}, False, id="the holder's own wish"),
        pytest.param("petra", {"asset": AssetId("nothing")}, False, id="over no way"),
    ],
)
def test_who_may_decide_on_a_permit(person: str, changed: dict[str, Any], may: bool) -> None:
    """B02: the holder of this boundary, and nobody else."""
    assert may_decide_on(charter(), CONNECT, PersonId(person), permit(**changed), NOW) is may


@pytest.mark.parametrize(("asset", "conduit"), [("nothing", WAY), (STATION, "nothing")])
def test_a_way_that_is_not_written_down_has_no_required_rights_to_be_complete_with(
    asset: str, conduit: str
) -> None:
    with pytest.raises(ValueError, match="written down"):
        required_rights(charter(), AssetId(asset), ConduitId(conduit))


def test_a_reassignment_takes_effect_at_midnight_where_the_plant_is() -> None:
    """I02: the end of the day that the charter names, on the organisation's clock, to the instant."""
    text = files()["rights.toml"].decode()
    given = read_charter(
        {**files(), "rights.toml": text.replace("until = 2027-01-01", "until = 2026-06-03", 1).encode()}
    )
    deadline = datetime(2026, 6, 2, 22, tzinfo=UTC)
    for at, may in ((deadline - MICRO, True), (deadline, False)):
        assert may_decide_on(given, CONNECT, PersonId("petra"), permit(), at) is may
