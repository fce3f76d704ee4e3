"""The operating state of each zone: what a person set, what a signal of the plant lets stand, what is in force.

Pure values, and their one written form in the watchdog's file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from domain.canonical import Json
from domain.ids import ZoneId, is_word
from domain.plant import OperatingState
from policies.plant_signal import in_force


@dataclass(frozen=True, slots=True)
class Told:
    """What a person set, who, when (RFC 3339, empty when not known) and why."""

    state: OperatingState
    by: str
    at: str = ""
    reason: str = ""

    def document(self) -> dict[str, Json]:
        """As JSON."""
        return {"state": str(self.state), "by": self.by, "at": self.at, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Permitted:
    """A signal of the plant as the watchdog knows it: the states that it lets stand while it is ``on``."""

    name: str
    permits: frozenset[OperatingState]
    otherwise: OperatingState
    on: bool = False

    def document(self) -> dict[str, Json]:
        """As JSON."""
        permits: list[Json] = [str(one) for one in sorted(self.permits)]
        return {"name": self.name, "permits": permits, "otherwise": str(self.otherwise), "on": self.on}


def states_in_force(
    told: Mapping[ZoneId, Told], signals: Mapping[ZoneId, Permitted]
) -> Mapping[ZoneId, OperatingState]:
    """Each zone's state: as a person set it, unless a signal that must let it stand does not."""
    states = {}
    for zone, one in told.items():
        signal = signals.get(zone)
        state: OperatingState | None = one.state
        if signal is not None:
            state = in_force(one.state, signal.permits, signal.otherwise, on=signal.on)
        if state is not None:
            states[zone] = state
    return MappingProxyType(states)


def told_of(document: Json) -> Mapping[ZoneId, Told]:
    """What was set, as it was written; KeyError, TypeError or ValueError for anything else."""
    return MappingProxyType(
        {
            ZoneId(zone): Told(
                OperatingState(_text(one["state"])), _text(one["by"]), _text(one["at"]), _text(one["reason"])
            )
            for zone, one in _zones(document).items()
        }
    )


def signals_of(document: Json) -> Mapping[ZoneId, Permitted]:
    """The signals, as they were written; errors as ``told_of``."""
    found = {}
    for zone, one in _zones(document).items():
        permits, on = one["permits"], one["on"]
        if isinstance(permits, str) or not isinstance(permits, Sequence) or not isinstance(on, bool):
            raise TypeError("a signal permits a list of states, and is on or not")
        states = frozenset(OperatingState(_text(state)) for state in permits)
        found[ZoneId(zone)] = Permitted(
            _text(one["name"]), states, OperatingState(_text(one["otherwise"])), on
        )
    return MappingProxyType(found)


def _zones(document: Json) -> Mapping[str, Mapping[str, Json]]:
    if not isinstance(document, Mapping) or not all(is_word(zone) for zone in document):
        raise TypeError("states must be an object of zones")
    found = {zone: one for zone, one in document.items() if isinstance(one, Mapping)}
    if len(found) != len(document):
        raise TypeError("each zone's state must be an object")
    return found


def _text(value: Json) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise TypeError(f"{value!r} must be one printable line")
    return value
