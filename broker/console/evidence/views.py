"""Who looks at the ledger, written down before they see it."""

from broker.console.desk import Desk
from broker.console.guard import Visitor
from domain.events import EvidenceViewed


async def viewed(desk: Desk, visitor: Visitor, subject: str, how: str) -> None:
    """Write down who is about to look at what; EvidenceError when that can't be kept, and then nobody looks."""
    await desk.parts.ledger.append(
        EvidenceViewed(at=desk.parts.clock.now(), subject=subject, by=visitor.person.id, how=how)
    )
