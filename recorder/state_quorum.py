"""How many had to say yes for what a zone was doing: the charter's table of operating states, read anew.

Written apart from the gate's own table, so that one fault in either does not make both agree.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

REFUSE = "refuse"
LEVELS = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class StateQuorums:
    """The outcomes of ``states.toml``, as they are written, and how much each asset matters."""

    cells: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    """State, action and criticality to outcome: ``allow by 2``."""
    criticality: Mapping[str, str] = field(default_factory=dict)
    """Asset to its own criticality, or its zone's where that is higher."""

    def persons(self, asset: str, actions: Collection[str], states: Collection[str]) -> int:
        """How many under one right it takes for all of ``actions``: the most that any of ``states`` asks."""
        level = self.criticality.get(asset, LEVELS[-1])
        most = 1
        for state in states:
            outcomes = [self.cells.get((state, one, level), "allow") for one in actions]
            if outcomes and REFUSE not in outcomes:  # where the state refuses, nobody's yes is asked
                most = max(most, *(_persons(one) for one in outcomes))
        return most

    @staticmethod
    def of(
        states: Mapping[str, object], assets: Mapping[str, tuple[str, str]], zones: Mapping[str, str]
    ) -> "StateQuorums":
        """The table in ``states``; ``assets``: each one's zone and criticality, ``zones``: each one's criticality.

        ValueError, TypeError or KeyError when it is no such table.
        """
        cells: dict[tuple[str, str, str], str] = {}
        for entry in _tables(states.get("state", [])):
            state = str(entry["state"])
            actions = [name for name in entry if name not in {"state", "exception"}]
            cells |= {(state, one, level): str(entry[one]) for one in actions for level in LEVELS}
            for other in _tables(entry.get("exception", [])):
                cells |= {
                    (state, one, level): str(other["outcome"])
                    for one in _words(other["actions"])
                    for level in _words(other["criticalities"])
                }
        levels = {
            asset: max(own, zones.get(zone, LEVELS[0]), key=LEVELS.index)
            for asset, (zone, own) in assets.items()
        }
        for outcome in cells.values():
            _persons(outcome)
        return StateQuorums(cells, levels)


def _persons(outcome: str) -> int:
    """2 for ``allow by 2``; 1 where nothing is said."""
    _, by, many = outcome.partition(" by ")
    return int(many) if by else 1


def _tables(value: object) -> Collection[Mapping[str, object]]:
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise TypeError("a list of tables is something else")
    return value


def _words(value: object) -> Collection[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise TypeError("a list of words is something else")
    return value
