"""How many sessions there may be at once, and how many people may write to one controller. Pure.

Asked by a rule when somebody wants through, and once more by whoever opens the session, in the same instant in which it
is entered among the others: two who were both told yes can't both have the last place.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.access import Action
from domain.permit import Permit
from domain.plant import CONTROLLED_BY, Asset, Direction
from domain.said import say
from policies.charter.charter import Charter
from policies.wording import when

WRITING = frozenset(Action) - {Action.VIEW}
LATER = say("Try again when it has ended, or ask the plant for more room in its charter.")


@dataclass(frozen=True, slots=True)
class Occupied:
    """A session that has not ended."""

    permit: Permit
    until: datetime
    """When it will end at the latest."""


@dataclass(frozen=True, slots=True)
class Full:
    """Why there is no room."""

    code: str
    sentence: str
    remedy: str


def may_write(permit: Permit) -> bool:
    """Whether something may be changed under it."""
    return bool(permit.actions & WRITING) and permit.direction is not Direction.OUTBOUND


def writers_of(asset: Asset) -> int:
    """How many people may write to it at once; 0 is as many as there are."""
    controller = any(one.protocol in CONTROLLED_BY for one in asset.endpoints)
    return asset.writers or (1 if controller else 0)


def full(charter: Charter, permit: Permit, present: Iterable[Occupied]) -> Full | None:
    """Why there is no room for one more session under ``permit`` beside those ``present``; None where there is.

    A person who writes already goes on writing in as many sessions as they may have: the asset still has one writer.
    """
    here = tuple(present)
    return _second_writer(charter, permit, here) or _too_many(charter, permit, here)


def _second_writer(charter: Charter, permit: Permit, here: tuple[Occupied, ...]) -> Full | None:
    asset = charter.assets.get(permit.asset)
    most = writers_of(asset) if asset is not None else 1
    if not most or not may_write(permit):
        return None
    others = [
        one
        for one in here
        if one.permit.asset == permit.asset and one.permit.person != permit.person and may_write(one.permit)
    ]
    if len({one.permit.person for one in others}) < most:
        return None
    last = max(others, key=lambda one: one.until)
    return Full(
        "writer_present",
        say(
            "{who} may write to it at this moment, until {until} at the latest.",
            who=_called(charter, permit, last.permit),
            until=when(last.until, charter.place_of(permit.asset)),
        ),
        LATER,
    )


def _called(charter: Charter, permit: Permit, other: Permit) -> str:
    """A colleague by name; somebody of another company by nothing that is not theirs to know."""
    person = charter.people.get(other.person)
    return person.name if person is not None and other.vendor == permit.vendor else say("Somebody else")


def _too_many(charter: Charter, permit: Permit, here: tuple[Occupied, ...]) -> Full | None:
    person, vendor = charter.people.get(permit.person), charter.vendors.get(permit.vendor)
    asset, conduit = charter.assets.get(permit.asset), charter.conduits.get(permit.conduit)
    bounds = (
        (person.sessions if person else 0, "person", say("you")),
        (vendor.sessions if vendor else 0, "vendor", say("your company")),
        (asset.sessions if asset else 0, "asset", say("this asset")),
        (conduit.sessions if conduit else 0, "conduit", say("this way")),
    )
    for most, field, whom in bounds:
        count = sum(getattr(one.permit, field) == getattr(permit, field) for one in here)
        if most and count >= most:
            return Full(
                "too_many_sessions",
                say(
                    "{count} of {most} sessions are open already for {whom}.",
                    count=f"{count}",
                    most=f"{most}",
                    whom=whom,
                ),
                LATER,
            )
    return None
