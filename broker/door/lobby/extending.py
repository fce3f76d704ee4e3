"""Nobody makes a permit last longer (requirement D02). That it was asked for is evidence."""

from broker.door.seams import Parts
from broker.door.words import Refusal
from domain.events import RequestRefused
from domain.permit import Permit


async def no_extension(parts: Parts, permit: Permit, source: str) -> Refusal:
    """What whoever asks for more time is told, once its leaf is kept: more time is a new permit, and needs its own yes."""
    refusal = Refusal(
        "no_extension",
        "Nobody makes a permit last longer, and least of all their own.",
        f"Ask for a new one, which needs its own yes: ask {permit.asset} --for 1h --purpose …",
    )
    await parts.ledger.append(
        RequestRefused(
            at=parts.clock.now(),
            person=permit.person,
            asset=permit.asset,
            door="ssh",
            source=source,
            code=refusal.code,
            sentence=refusal.sentence,
            conduit=permit.conduit,
        )
    )
    return refusal
