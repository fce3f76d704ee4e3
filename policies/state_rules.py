"""What the charter says about operating states: the table, who is asked again for how long, the signals."""

from dataclasses import dataclass
from datetime import timedelta

from policies.plant_signal import PlantSignal
from policies.state_table import StateTable


@dataclass(frozen=True, slots=True)
class StateRules:
    """``states.toml`` as one value."""

    table: StateTable
    ask_again_for: timedelta
    """How long a live session waits, without writing, for a yes that names its zone's new state."""
    signals: tuple[PlantSignal, ...] = ()
