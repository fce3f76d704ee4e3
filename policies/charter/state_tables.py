"""states.toml: the table of operating states, and the plant's signals. Tables to values.

Compact to write and total all the same: each state names an outcome for every action, and its
exceptions say where an asset's criticality makes it another. A state left out is a fault, not a gap.
"""

from itertools import product

from domain.access import Action
from domain.ids import ZoneId
from domain.plant import Criticality, OperatingState
from policies.charter.plant_tables import read_address
from policies.charter.table import Table
from policies.plant_signal import PlantSignal, SignalKind
from policies.state_rules import StateRules
from policies.state_table import ACTIONS, CRITICALITIES, MOST_PERSONS, REFUSED, Cell, Key, StateTable

OUTCOMES = f"It may be allow, attended or refuse; 'allow by 2' asks for two holders, up to {MOST_PERSONS}."
LONGEST_WAIT_DAYS = 1


def read_states(file: Table, zones: frozenset[str], *, demonstration: bool) -> StateRules | None:
    """The whole of ``states.toml``; None when it has a fault."""
    ask_again_for = file.span("ask_again_for", LONGEST_WAIT_DAYS)
    cells: dict[Key, Cell] = {}
    seen: set[OperatingState] = set()
    told_apart = True
    for table in file.tables("state", "state"):
        state = table.choice("state", OperatingState)
        if state in seen and table.sound:
            table.fault("state", f"'{state}' has its outcomes already.", "Write each state once.")
        told_apart &= table.sound
        seen.add(state)
        cells |= _cells(table, state)
    missing = [state for state in OperatingState if state not in seen]
    if missing and told_apart and file.has("state"):  # one misspelt is one fault, not two
        file.fault(
            "state",
            f"no outcome is written down for: {', '.join(missing)}.",
            "Add a [[state]] for each; what nobody decided must not be left to chance.",
        )
    signals: dict[ZoneId, PlantSignal] = {}
    for table in file.tables("signal", "signal", optional=True):
        signal = read_signal(table, zones, demonstration=demonstration)
        if signal is not None and signal.zone in signals:
            table.fault(
                "zone",
                f"another signal already speaks for '{signal.zone}'.",
                "Join the two in the plant's controller.",
            )
        elif signal is not None:
            signals[signal.zone] = signal
    if not file.done() or file.faults:
        return None
    return StateRules(StateTable(cells), ask_again_for, tuple(signals.values()))


def _cells(table: Table, state: OperatingState) -> dict[Key, Cell]:
    """Every cell of one state."""
    cells: dict[Key, Cell] = {}
    for action in ACTIONS:
        cell = _cell(table, str(action))
        cells |= {(state, action, criticality): cell for criticality in CRITICALITIES}
    excepted: set[Key] = set()
    for exception in table.tables("exception", "exception", optional=True):
        actions, criticalities = (
            exception.choices("actions", Action),
            exception.choices("criticalities", Criticality),
        )
        cell = _cell(exception, "outcome")
        for action, criticality in product(sorted(actions), sorted(criticalities)):
            key = (state, action, criticality)
            if key in excepted:
                exception.fault(
                    "actions",
                    f"another exception already speaks of {action} at criticality {criticality}.",
                    "Let one exception speak of each.",
                )
            excepted.add(key)
            cells[key] = cell
        exception.done()
    if state is OperatingState.ISOLATED and any(cell != REFUSED for cell in cells.values()):
        table.fault("", "an isolated zone is shut, whatever is done there.", "Write refuse for each action.")
    table.done()
    return cells


def _cell(table: Table, key: str) -> Cell:
    text = table.text(key)
    try:
        return Cell.of(text) if text else REFUSED
    except ValueError:
        table.fault(key, f"'{key}' is '{text:.40}'.", OUTCOMES)
        return REFUSED


def read_signal(table: Table, zones: frozenset[str], *, demonstration: bool) -> PlantSignal | None:
    """One ``[[signal]]``; None when it has a fault."""
    kind = table.choice("kind", SignalKind)
    modbus = kind is SignalKind.MODBUS_COIL
    signal = PlantSignal(
        zone=ZoneId(table.word("zone")),
        name=table.name("name"),
        kind=kind,
        address=read_address(table, demonstration=demonstration),
        port=table.number("port", 1, 65535),
        # MODBUS Application Protocol V1.1b3, section 4.4: a coil's address on the wire is 0 to 65535.
        point=str(table.number("coil", 0, 65535)) if modbus else table.text("node"),
        unit=table.number("unit", 0, 255) if modbus else 0,
        permits=table.choices("permits", OperatingState),
        otherwise=table.choice("otherwise", OperatingState),
        every_s=table.number("every_ms", 100, 10_000) / 1000,
        stale_after_s=table.number("stale_after_ms", 200, 30_000) / 1000,
        steady_for_s=table.number("steady_for_ms", 0, 600_000) / 1000,
    )
    if signal.zone and signal.zone not in zones:
        table.fault("zone", f"there is no zone '{signal.zone}'.", "Describe it first, or correct the name.")
    if signal.otherwise in signal.permits:
        table.fault(
            "otherwise",
            "without the signal the zone would be in a state that the signal permits.",
            "Name the safe side: a state that holds when nobody can tell.",
        )
    if signal.stale_after_s < 2 * signal.every_s:
        table.fault(
            "stale_after_ms",
            "it is stale before its next reading but one.",
            "Give at least twice 'every_ms', so that one lost reading is no alarm.",
        )
    return signal if table.done() else None
