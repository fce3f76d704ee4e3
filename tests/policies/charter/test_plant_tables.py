import tomllib
from base64 import b64encode
from datetime import date, time, timedelta

import pytest

from domain.access import Action, Grant
from domain.limits import limit_of
from domain.plant import Criticality, OperatingState, Protocol, ZoneKind
from domain.proof import ProofKind
from domain.recurrence import Hours
from domain.rights import DecisionRight
from policies.charter.places import Places
from policies.charter.plant_tables import read_asset, read_conduit, read_organisation, read_site, read_zone
from policies.charter.table import Source, Table
from tests.policies.plant import ed25519_line, files

PINNED = b64encode(b"\x30\x82\x01\x00" + bytes(256)).decode()


def first(name: str, key: str, old: str = "", new: str = "") -> Table:
    text = files()[name].decode().replace(old, new, 1) if old else files()[name].decode()
    content = tomllib.loads(text)[key]
    source = Source(name, Places(text))
    return (
        Table(source, (key,), content, key)
        if key == "organisation"
        else Table(source, (key, 0), content[0], key)
    )


def test_an_organisation_is_read_with_its_clock() -> None:
    read = read_organisation(first("sites.toml", "organisation"))
    assert (read.organisation.id, read.organisation.demonstration) == ("riverside-water", True)
    assert read.clock.key == read.organisation.time_zone == "Europe/Amsterdam"


def test_a_site_is_read_with_its_own_clock() -> None:
    given = first(
        "sites.toml", "site", 'Works"\ntime_zone = "Europe/Amsterdam"', 'Works"\ntime_zone = "Asia/Tokyo"'
    )
    site = read_site(given)
    assert site is not None
    assert (site.id, site.name, site.time_zone) == ("riverside", "Riverside Water Works", "Asia/Tokyo")


def test_a_zone_is_read() -> None:
    zone = read_zone(first("zones.toml", "zone"))
    assert zone is not None
    assert (zone.id, zone.site, zone.kind, zone.purdue_level, zone.criticality, zone.dmz, zone.safety) == (
        "office", "riverside", ZoneKind.BUSINESS, "4", Criticality.LOW, False, False
    )  # fmt: skip
    assert zone.sl_t.levels == (1, 1, 1, 1, 1, 1, 1)


def test_a_conduit_is_read() -> None:
    conduit = read_conduit(first("conduits.toml", "conduit"))
    assert conduit is not None
    assert (conduit.source, conduit.destination) == ("dmz", "operations")
    assert conduit.protocols == {Protocol.SSH, Protocol.HTTP}
    assert Grant.of("forward") in conduit.grants
    assert conduit.actions == {Action.VIEW, Action.OPERATE, Action.CONFIGURE}
    assert OperatingState.EMERGENCY not in conduit.states
    assert conduit.proofs == {ProofKind.PASSKEY, ProofKind.SSHSIG, ProofKind.TOTP}
    assert conduit.longest_window == timedelta(hours=8)


def test_an_asset_is_read_with_its_pinned_key() -> None:
    asset = read_asset(first("assets.toml", "asset"), demonstration=True)
    assert asset is not None
    assert asset.endpoints[0].host_keys == (ed25519_line(1),)
    assert (str(asset.endpoints[0].address), asset.endpoints[0].port) == ("127.0.0.1", 2201)


@pytest.mark.parametrize(
    ("protocol", "pinned", "kept"),
    [
        ("opc-ua", f'certificate = ["{PINNED}"]', PINNED),
        ("opc-ua", "", ""),
        ("opc-ua", 'certificate = ["junk"]', None),
        ("modbus", f'certificate = ["{PINNED}"]', None),
    ],
)
def test_an_opc_ua_server_may_be_pinned_by_its_certificate(
    protocol: str, pinned: str, kept: str | None
) -> None:
    spoken = f'protocol = "{protocol}"\naddress = "127.0.0.1"\nport = 4840\n{pinned}\n\n[[asset.endpoint]]\nprotocol = "ssh"'
    asset = read_asset(first("assets.toml", "asset", 'protocol = "ssh"', spoken), demonstration=True)
    assert (asset.endpoints[0].certificate if asset is not None else None) == kept


@pytest.mark.parametrize(
    ("name", "key", "old", "new"),
    [
        pytest.param("zones.toml", "zone", "sl_t = [1", "sl_t = [9", id="a zone"),
        pytest.param("conduits.toml", "conduit", '"8h"', '"8"', id="a conduit"),
        pytest.param(
            "assets.toml", "asset", "port = 2201", "port = -1", id="an endpoint makes its asset faulty"
        ),
    ],
)
def test_a_table_with_a_fault_gives_nothing(name: str, key: str, old: str, new: str) -> None:
    given = first(name, key, old, new)
    read = {
        "zone": read_zone,
        "conduit": read_conduit,
        "asset": lambda one: read_asset(one, demonstration=True),
    }[key]
    assert read(given) is None
    assert len(given.faults) == 1


def test_two_endpoints_of_one_protocol_or_port_are_faults() -> None:
    text = files()["assets.toml"].decode()
    block = text[text.index("[[asset.endpoint]]") : text.index('[[asset]]\nid = "hmi-1"')]
    given = first("assets.toml", "asset", block, block + block)
    assert read_asset(given, demonstration=True) is None
    assert [fault.fact for fault in given.faults] == [
        "asset 'eng-ws-1': two of its endpoints have the same port.",
        "asset 'eng-ws-1': two of its endpoints have the same protocol.",
    ]


HOURS = """[[conduit.hours]]
recurs = "FREQ=WEEKLY;BYDAY=MO,TH"
at = "08:00"
for = "9h"
since = 2026-01-05

[conduit.protocols]"""


def test_a_conduit_s_hours_are_read() -> None:
    conduit = read_conduit(first("conduits.toml", "conduit", "[conduit.protocols]", HOURS))
    assert conduit is not None
    assert conduit.hours == (Hours("FREQ=WEEKLY;BYDAY=MO,TH", time(8), timedelta(hours=9), date(2026, 1, 5)),)


@pytest.mark.parametrize(
    ("old", "new", "fact"),
    [
        pytest.param("WEEKLY;BYDAY=MO,TH", "HOURLY", "its FREQ is not DAILY", id="of hours"),
        pytest.param("FREQ=WEEKLY;BYDAY=MO,TH", "on Mondays", "it is no recurrence rule", id="in words"),
        pytest.param('"08:00"', '"8"', "is no time on a clock", id="no minute"),
        pytest.param('"08:00"', '"25:00"', "is no time on a clock", id="no such hour"),
        pytest.param('"9h"', '"25h"', "for", id="longer than a day"),
        pytest.param("since = 2026-01-05", "", "since", id="no first day"),
    ],
)
def test_hours_that_can_not_be_are_a_fault(old: str, new: str, fact: str) -> None:
    given = first("conduits.toml", "conduit", "[conduit.protocols]", HOURS.replace(old, new, 1))
    assert read_conduit(given) is None or given.faults
    assert any(fact in one.fact for one in given.faults)


def test_rights_that_decide_one_after_another_are_read() -> None:
    order = 'in_order = ["safety", "connect"]\n\n[conduit.protocols]'
    conduit = read_conduit(first("conduits.toml", "conduit", "[conduit.protocols]", order))
    assert conduit is not None
    assert conduit.in_order == (DecisionRight.SAFETY, DecisionRight.CONNECT)


def test_files_are_screened_unless_a_conduit_says_otherwise_by_name() -> None:
    said = 'files = "unscreened"\n'
    for line, screening in (("", "screened"), (said, "unscreened"), ('files = "screened"\n', "screened")):
        conduit = read_conduit(first("conduits.toml", "conduit", said, line))
        assert conduit is not None
        assert conduit.files == screening
    assert read_conduit(first("conduits.toml", "conduit", said, 'files = "open"\n')) is None


def test_a_conduit_s_limits_are_read_and_what_is_none_is_a_fault_with_an_example() -> None:
    def given(limits: str) -> Table:
        said = f'limits = {limits}\n\n[conduit.protocols]\nmodbus = ["view"]'
        return first("conduits.toml", "conduit", "[conduit.protocols]", said)

    conduit = read_conduit(given('["modbus read coils 1 to 9"]'))
    assert conduit is not None
    assert conduit.limits == {limit_of("modbus read coils 1-9")}
    for limits, fact in (
        ('["modbus read relays"]', "no kind of place 'relays'"),
        ('["vnc use clipboard from the plant"]', "nobody with 'data_out' is asked"),
        ('["tcp read anything"]', "no limit can be held over 'tcp'"),
        ('["modbus read coils", "modbus read coils"]', "twice"),
        ("[]", "empty"),
        (str([f"modbus read coils {at}" for at in range(65)]).replace("'", '"'), "65 limits"),
    ):
        table = given(limits)
        assert read_conduit(table) is None
        assert any(fact in one.fact for one in table.faults), (fact, table.faults)
    unspoken = first(
        "conduits.toml",
        "conduit",
        "[conduit.protocols]",
        'limits = ["modbus read coils"]\n\n[conduit.protocols]',
    )
    assert read_conduit(unspoken) is None
    assert any("does not carry" in one.fact for one in unspoken.faults)


def test_d14_what_needs_a_proof_is_listed_in_the_words_of_limits_where_the_gate_can_hold_it() -> None:
    """D14: what could not be held, or could be passed by under another number, is a fault."""

    def given(listed: str) -> Table:
        said = f'step_up = ["{listed}"]\n\n[conduit.protocols]\ns7 = ["view"]\nmodbus = ["view"]'
        return first("conduits.toml", "conduit", "[conduit.protocols]", said)

    conduit = read_conduit(given("s7 use stop the CPU"))
    assert conduit is not None
    assert conduit.step_up == {limit_of("s7 use stop the CPU")}
    for listed, fact in (
        ("http use POST /set", "can't be held for a proof"),
        ("dnp3 use cold restart", "does not carry"),
        ("modbus write coils of unit 3", "one that answers behind the endpoint"),
        ("modbus write holding registers 40 between 0 and 9", "for some values"),
        ("s7 use stop the world", "stop the world"),
    ):
        table = given(listed)
        assert read_conduit(table) is None
        assert any(fact in one.fact for one in table.faults), (fact, table.faults)
    assert read_conduit(given("s7 write data 0-9 of block 10")) is not None


def test_kinds_of_action_that_need_a_proof_are_read_and_what_could_not_be_held_is_a_fault_a12() -> None:
    """A12: by conduit and by zone; a tool that looks many times a second can't be asked, nor can a terminal be held."""

    was = '[conduit.protocols]\nssh = ["view", "operate", "configure"]\nhttp = ["view", "operate", "configure"]\n'

    def given(kinds: str, *protocols: str) -> Table:
        said = f"step_up_actions = [{kinds}]\n\n[conduit.protocols]\n" + "".join(
            f"{one}\n" for one in protocols
        )
        return first("conduits.toml", "conduit", was, said)

    looking, modbus = 'ssh = ["view"]', 'modbus = ["view", "operate", "override"]'
    conduit = read_conduit(given('"operate", "override"', looking, modbus))
    assert conduit is not None
    assert conduit.step_up_actions == {Action.OPERATE, Action.OVERRIDE}
    assert read_conduit(given('"configure"', 'ssh = ["view", "operate"]', modbus)) is not None
    for kinds, protocols, fact in (
        ('"view"', (looking, modbus), "tools look many times a second"),
        ('"operate"', ('ssh = ["view", "operate"]',), "done over ssh can't be held"),
        ('"operate"', (looking, 'opc-ua = ["view", "operate"]'), "done over opc-ua can't be held"),
    ):
        table = given(kinds, *protocols)
        assert read_conduit(table) is None
        assert any(fact in one.fact for one in table.faults), (fact, table.faults)
    zone = read_zone(first("zones.toml", "zone", "level =", 'step_up_actions = ["configure"]\nlevel ='))
    assert zone is not None
    assert zone.step_up_actions == {Action.CONFIGURE}


@pytest.mark.parametrize(
    "order",
    ['["connect"]', '["connect", "connect"]', '["connect", "identity"]', '["safety", "connect", "nobody"]'],
)
def test_an_order_of_what_a_permit_can_not_need_or_of_one_alone_is_a_fault(order: str) -> None:
    given = first(
        "conduits.toml", "conduit", "[conduit.protocols]", f"in_order = {order}\n\n[conduit.protocols]"
    )
    assert read_conduit(given) is None or given.faults
    assert any("which of two or three rights" in one.fact for one in given.faults)


def test_an_ssh_endpoint_may_name_who_signs_its_certificates_in_place_of_its_keys() -> None:
    keys = f'host_keys = ["{ed25519_line(1)}"]'
    signed = read_asset(
        first("assets.toml", "asset", keys, f'host_authority = "{ed25519_line(2)}"'), demonstration=True
    )
    assert signed is not None
    assert (signed.endpoints[0].host_keys, signed.endpoints[0].host_authority) == ((), ed25519_line(2))
    for new in ('host_authority = "SHA256:x"', f'host_authority = "{ed25519_line(2)}"\nprotocol = "tcp"'):
        old = 'protocol = "ssh"\n' if "tcp" in new else keys
        assert read_asset(first("assets.toml", "asset", old, new + "\n"), demonstration=True) is None


def test_how_many_there_may_be_at_once_is_a_number_or_left_out() -> None:
    """D06."""
    asset = first("assets.toml", "asset", 'owner = "', 'writers = 2\nsessions = 5\nowner = "')
    read = read_asset(asset, demonstration=True)
    assert read is not None
    assert (read.writers, read.sessions) == (2, 5)
    plain = read_asset(first("assets.toml", "asset"), demonstration=True)
    assert plain is not None
    assert (plain.writers, plain.sessions) == (0, 0)
    for wrong in ("writers = 0", 'sessions = "two"'):
        given = first("assets.toml", "asset", 'owner = "', f'{wrong}\nowner = "')
        assert read_asset(given, demonstration=True) is None
