"""In which operating states a session may live at all, and in which only before somebody's eyes."""

from dataclasses import dataclass
from datetime import timedelta

from domain.permit import Permit
from domain.plant import OperatingState
from policies.charter.charter import Charter
from policies.stakes import criticality_of
from policies.state_table import Outcome


@dataclass(frozen=True, slots=True)
class Bounds:
    """What conduit and table say together about everything that one permit names."""

    open_in: frozenset[OperatingState]
    """In any other state the session ends, whoever says yes."""
    attended_in: frozenset[OperatingState]
    """Of these, where nothing goes towards the asset without an attendant."""
    ask_again_for: timedelta
    """How long a session waits for a yes that names a state which its permit does not."""
    products: frozenset[str] = frozenset()
    """What the asset is part of: a product that is suspended takes the session with it."""


def bounds_of(charter: Charter, permit: Permit) -> Bounds:
    """The bounds of ``permit`` under ``charter``; none at all once its asset or conduit is gone."""
    rules = charter.state_rules
    conduit = charter.conduits.get(permit.conduit)
    if conduit is None or permit.asset not in charter.assets:
        return Bounds(frozenset(), frozenset(), rules.ask_again_for)
    criticality = criticality_of(charter, permit.asset)
    open_in = rules.table.allowing(conduit.states, permit.actions, criticality)
    attended = frozenset(
        state
        for state in open_in
        if conduit.supervised
        or rules.table.outcome(state, permit.actions, criticality).outcome is Outcome.ATTENDED
    )
    vendor = charter.vendors.get(permit.vendor)
    products = frozenset(str(one.id) for one in vendor.products_of(permit.asset)) if vendor else frozenset()
    return Bounds(open_in, attended, rules.ask_again_for, products)


def as_named(permit: Permit) -> Bounds:
    """Bounds that are the permit's own states, and no attendant: for whoever has no charter at hand."""
    return Bounds(permit.states, frozenset(), timedelta())
