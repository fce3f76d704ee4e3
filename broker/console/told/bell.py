"""What every page says of notices: how many are new to its reader, and whom an alarm did not reach."""

from dataclasses import dataclass

from broker.console.guard import Visitor
from broker.console.parts import ConsoleParts
from broker.notices.audience import Audience
from broker.notices.carrier import UNHEARD_AFTER
from broker.notices.deliveries import Deliveries, Standing
from broker.notices.outbox import Told
from domain.errors import EvidenceError
from domain.ids import PersonId


@dataclass(frozen=True, slots=True)
class Bell:
    """``unheard``: who leads incidents and has not been reached with something urgent."""

    unread: int
    unheard: tuple[PersonId, ...]


def told_of_permit(parts: ConsoleParts, permit: str) -> tuple[tuple[Told, tuple[Standing, ...]], ...]:
    """Who was told of a permit, and how far it got; nothing where that can't be read."""
    try:
        return () if parts.notices is None else Deliveries(parts.notices).about(permit)
    except EvidenceError:
        return ()


def bell(parts: ConsoleParts, visitor: Visitor) -> Bell | None:
    """None where no notices can be read: the page must be had all the same."""
    if parts.notices is None:
        return None
    charter, now = parts.charter(), parts.clock.now()
    try:
        unread = parts.notices.unread(visitor.person.id)
        told = Deliveries(parts.notices).unheard(Audience(charter, now).leads(), now - UNHEARD_AFTER)
    except EvidenceError:
        return None
    return Bell(unread, tuple(dict.fromkeys(one.notice.to for one in told)))
