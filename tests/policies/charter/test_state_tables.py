from datetime import timedelta
from ipaddress import IPv4Address
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import Action
from domain.plant import Criticality, OperatingState
from policies.charter.documents import CharterError, read_charter
from policies.charter.lint import lint
from policies.plant_signal import PlantSignal, SignalKind
from policies.state_table import ACTIONS, CRITICALITIES, KEYS, Cell
from tests.for_each import for_each
from tests.policies.plant import edited, files

SIGNAL = """
[[signal]]
zone = "pumping"
name = "Maintenance key switch"
kind = "modbus-coil"
address = "127.0.0.1"
port = 5021
unit = 1
coil = 17
permits = ["maintenance", "turnaround"]
otherwise = "start-up"
every_ms = 500
stale_after_ms = 2000
steady_for_ms = 1000
"""
NODE = SIGNAL.replace('"modbus-coil"', '"opc-ua-node"').replace(
    "unit = 1\ncoil = 17", 'node = "ns=2;s=Permissive"'
)


def with_text(text: str) -> dict[str, bytes]:
    return {**files(), "states.toml": text.encode()}


def with_more(text: str) -> dict[str, bytes]:
    return with_text(files()["states.toml"].decode() + text)


def first_fault(given_: dict[str, bytes]) -> tuple[str, str, int]:
    with pytest.raises(CharterError) as caught:
        read_charter(given_)
    fault = caught.value.faults[0]
    assert fault.file == "states.toml"
    assert fault.remedy
    return fault.fact, fault.remedy, fault.line


def test_a_table_is_compact_to_write_and_total_all_the_same() -> None:
    """J04: seven states and a few exceptions make every one of the 84 cells."""
    rules = read_charter(files()).state_rules
    assert set(rules.table.cells) == set(KEYS)
    assert rules.ask_again_for == timedelta(minutes=15)
    for criticality in CRITICALITIES:
        high = criticality is Criticality.HIGH
        cell = rules.table.cells[OperatingState.RUNNING, Action.CONFIGURE, criticality]
        assert str(cell) == ("attended" if high else "allow")


outcomes = st.sampled_from(["allow", "attended", "refuse", "allow by 2", "attended by 3"])


@given(st.data())
def test_whatever_is_written_is_total_and_says_what_was_written(data: st.DataObject) -> None:
    """J04: over random tables, the last word on a cell is its exception's, else its row's."""
    expected: dict[tuple[OperatingState, Action, Criticality], str] = {}
    lines = ['ask_again_for = "10m"']
    for state in OperatingState:
        lines += ["[[state]]", f'state = "{state}"']
        shut = state is OperatingState.ISOLATED
        for action in ACTIONS:
            text = "refuse" if shut else data.draw(outcomes)
            lines.append(f'{action} = "{text}"')
            expected |= {(state, action, one): text for one in CRITICALITIES}
        cells = list(product(ACTIONS, CRITICALITIES))
        for action, criticality in (
            [] if shut else data.draw(st.lists(st.sampled_from(cells), unique=True, max_size=3))
        ):
            text = data.draw(outcomes)
            lines += [
                "[[state.exception]]", f'actions = ["{action}"]', f'criticalities = ["{criticality}"]',
                f'outcome = "{text}"',
            ]  # fmt: skip
            expected[state, action, criticality] = text
    table = read_charter(with_text("\n".join(lines))).state_rules.table
    assert table.cells == {key: Cell.of(text) for key, text in expected.items()}


@pytest.mark.parametrize("state", OperatingState)
def test_a_state_that_is_left_out_is_a_fault_and_not_a_gap(state: OperatingState) -> None:
    """J04: no undefined cell takes effect."""
    text = files()["states.toml"].decode()
    blocks = text.split("[[state]]\n")
    kept = [one for one in blocks if not one.startswith(f'state = "{state}"')]
    assert len(kept) == len(blocks) - 1
    fact, _, _ = first_fault(with_text("[[state]]\n".join(kept)))
    assert f"no outcome is written down for: {state}" in fact


@for_each(
    ("old", "new", "says"),
    [
        pytest.param('override = "refuse"\n\n[[state.exception]]', "\n[[state.exception]]", "'override' is missing", id="an action left out"),
        pytest.param('override = "refuse"', 'override = "deny"', "'override' is 'deny'", id="a word that is no outcome"),
        pytest.param('override = "refuse"', 'override = "allow by 1"', "'allow by 1'", id="a quorum of one spelt out"),
        pytest.param('override = "refuse"', 'override = "allow by 10"', "'allow by 10'", id="a quorum of too many"),
        pytest.param('state = "maintenance"', 'state = "running"', "has its outcomes already", id="one state twice"),
        pytest.param('state = "maintenance"', 'state = "holiday"', "'state' is 'holiday'", id="a state that is none"),
        pytest.param('outcome = "attended"', 'outcome = "maybe"', "'outcome' is 'maybe'", id="an exception that is no outcome"),
        pytest.param('criticalities = ["high"]', "criticalities = []", "'all' or as 'none'", id="an exception about nothing"),
        pytest.param('outcome = "attended"\n', 'outcome = "attended"\n[[state.exception]]\nactions = ["configure"]\ncriticalities = ["low", "high"]\noutcome = "refuse"\n', "already speaks of configure", id="two exceptions about one cell"),
        pytest.param('ask_again_for = "15m"', 'ask_again_for = "2d"', "not a length of time up to 1 days", id="asking again for too long"),
        pytest.param('ask_again_for = "15m"', "", "'ask_again_for' is missing", id="no time for asking again"),
    ],
)  # fmt: skip
def test_a_fault_names_its_line_and_what_to_do(old: str, new: str, says: str) -> None:
    fact, _, line = first_fault(edited("states.toml", old, new))
    assert says in fact
    assert line > 0 or "is missing" in fact


def test_an_isolated_zone_stays_shut_whatever_is_written() -> None:
    text = files()["states.toml"].decode()
    head, tail = text.split('state = "isolated"')
    fact, _, _ = first_fault(with_text(head + 'state = "isolated"' + tail.replace("refuse", "allow", 1)))
    assert "an isolated zone is shut" in fact


def test_a_coil_and_a_node_are_read_as_they_are_written() -> None:
    (coil,) = read_charter(with_more(SIGNAL)).state_rules.signals
    assert coil == PlantSignal(
        zone="pumping", name="Maintenance key switch", kind=SignalKind.MODBUS_COIL, address=IPv4Address("127.0.0.1"),
        port=5021, point="17", unit=1,
        permits=frozenset({OperatingState.MAINTENANCE, OperatingState.TURNAROUND}),
        otherwise=OperatingState.START_UP, every_s=0.5, stale_after_s=2.0, steady_for_s=1.0,
    )  # fmt: skip
    (node,) = read_charter(with_more(NODE)).state_rules.signals
    assert (node.kind, node.point) == (SignalKind.OPC_UA_NODE, "ns=2;s=Permissive")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        pytest.param('zone = "pumping"', 'zone = "pumpign"', "no zone 'pumpign'", id="a zone that is not there"),
        pytest.param('otherwise = "start-up"', 'otherwise = "maintenance"', "a state that the signal permits", id="a safe side that is none"),
        pytest.param("stale_after_ms = 2000", "stale_after_ms = 900", "stale before its next reading", id="stale too soon"),
        pytest.param("coil = 17", "coil = 65536", "not from 0 to 65535", id="a coil past the last"),
        pytest.param("coil = 17", 'node = "ns=2;s=x"', "'coil' is missing", id="a node for a coil"),
        pytest.param('"127.0.0.1"', '"plc.example"', "names are refused", id="a name for an address"),
        pytest.param("permits = [", "extra = 1\npermits = [", "not a field", id="an unknown field"),
    ],
)  # fmt: skip
def test_a_signal_s_fault_names_its_line_and_what_to_do(old: str, new: str, says: str) -> None:
    assert old in SIGNAL
    fact, _, line = first_fault(with_more(SIGNAL.replace(old, new, 1)))
    assert says in fact
    assert line > 0


def test_one_zone_has_one_signal() -> None:
    fact, _, _ = first_fault(with_more(SIGNAL + SIGNAL.replace("Maintenance key switch", "Another")))
    assert "another signal already speaks for 'pumping'" in fact


@pytest.mark.parametrize(
    ("given_", "code", "subject"),
    [
        pytest.param(edited("states.toml", 'operate = "allow"', 'operate = "refuse"'), "easier_with_consequence", "state running", id="configure is easier than operate"),
        pytest.param(edited("states.toml", 'criticalities = ["high"]', 'criticalities = ["low"]'), "easier_with_criticality", "state running", id="medium is easier than low"),
        pytest.param(edited("conduits.toml", '"turnaround", "start-up"]', '"emergency"]'), "state_in_vain", "conduit dmz-operations", id="a state in which nothing is let through"),
        pytest.param(with_more(SIGNAL.replace('otherwise = "start-up"', 'otherwise = "running"').replace('permits = ["maintenance", "turnaround"]', 'permits = ["start-up"]')), "unsafe_side", "signal Maintenance key switch", id="a safe side that is easier"),
    ],
)  # fmt: skip
def test_what_had_better_not_be_written_is_a_finding(
    given_: dict[str, bytes], code: str, subject: str
) -> None:
    """J04: higher consequence, or higher criticality, is never easier without somebody being told."""
    found = {one.code: one for one in lint(read_charter(given_))}
    assert found[code].subject == subject
    assert found[code].remedy
