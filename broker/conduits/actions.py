"""What a permit's actions cover, of what a protocol's functions take. Pure."""

from domain.access import Action


def permitted(action: Action, granted: frozenset[Action]) -> bool:
    """Whether a permit for ``granted`` lets ``action`` be done: as named; and who may do anything may look."""
    return action in granted or (action is Action.VIEW and bool(granted))
