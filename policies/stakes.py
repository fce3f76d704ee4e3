"""What is at stake where somebody works, and how many must therefore have said yes."""

from collections.abc import Collection

from domain.access import Action
from domain.ids import AssetId
from domain.plant import Criticality, OperatingState
from policies.charter.charter import Charter
from policies.state_table import graver


def criticality_of(charter: Charter, asset: AssetId) -> Criticality:
    """What the plant would lose with ``asset``: its own criticality, or its zone's where that is higher."""
    found = charter.assets[asset]
    return graver(found.criticality, charter.zones[found.zone].criticality)


def quorum_needed(
    charter: Charter, asset: AssetId, actions: Collection[Action], states: Collection[OperatingState]
) -> int:
    """How many holders of one right must say yes to ``actions`` in ``states``; the most that any state asks."""
    return charter.state_rules.table.quorum(states, actions, criticality_of(charter, asset))
