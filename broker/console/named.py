"""What the charter's kinds of things are called on a page, in the middle of a line. Pure."""

from collections.abc import Iterable, Mapping

from broker.console.words import ACTIONS, LIFTS, STATES
from domain.access import Action
from domain.exceptions import Liftable
from domain.plant import OperatingState
from domain.said import listed, say
from policies.charter.change import Effect
from policies.charter.tolerated import Standing
from policies.charter.void import Kind

EFFECTS: Mapping[Effect, str] = {
    Effect.TIGHTENING: say("tightening"),
    Effect.RELAXING: say("relaxing"),
    Effect.NEUTRAL: say("neutral"),
}

VOIDS: Mapping[Kind, str] = {
    Kind.VACANT: say("vacant"),
    Kind.EXPIRED: say("expired"),
    Kind.OVERDUE_ATTESTATION: say("overdue attestation"),
    Kind.CONFLICTED: say("conflicted"),
    Kind.SINGLE_POINT: say("single point"),
    Kind.NO_ARBITER: say("no arbiter"),
    Kind.UNDOCUMENTED: say("undocumented delegation"),
    Kind.UNGOVERNED: say("ungoverned pathway"),
}

TOLERATED: Mapping[Standing, str] = {
    Standing.TO_COME: say("to come"),
    Standing.IN_FORCE: say("in force"),
    Standing.LAPSED: say("lapsed until the new holder attests it"),
    Standing.OVER: say("over"),
}

LEVELS: Mapping[str, str] = {
    "holder": say("holder"),
    "deputy": say("deputy"),
    "arbiter": say("arbiter"),
    "executive": say("executive"),
}
"""Who is called, by how far up the ladder."""


def actions(some: Iterable[Action]) -> str:
    """Actions, from the harmless up."""
    return listed(ACTIONS[one] for one in Action if one in set(some))


def states(some: Iterable[OperatingState]) -> str:
    """Operating states, as a plant goes through them."""
    return listed(STATES[one] for one in OperatingState if one in set(some))


def lifts(some: Iterable[Liftable]) -> str:
    """What an exception tolerates."""
    return listed(LIFTS[one] for one in sorted(some))
