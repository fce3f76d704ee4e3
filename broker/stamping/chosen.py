"""Which stamps go into a case file: the first that holds a session's end, and those that keep it standing."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from broker.stamping.shelf import Kept, Shelf
from recorder.stamps.chain import certificates_in
from recorder.verify_stamps import Stamping

MOST = 16
"""How often a stamp may have been taken in; at a few years each, that is a working life."""


def chosen(shelf: Shelf, end: int, now: datetime) -> tuple[Kept, ...]:
    """The stamped heads that prove the leaf at ``end`` at ``now``: none where no stamp holds it yet."""
    first = next(shelf.kept(end + 1), None)
    if first is None or first.until > now:
        return () if first is None else (first,)
    return standing(shelf.kept(end + 1), now)


def standing(kept: Iterable[Kept], now: datetime) -> tuple[Kept, ...]:
    """The first of ``kept``, which stand in the order of their heads, and as few others as keep it standing at ``now``.

    Where they can't any more, as far as they go: a verifier then says that it ran out.
    """
    every = tuple(kept)
    way = list(every[:1])
    while way and way[-1].until <= now and len(way) < MOST:
        last = way[-1]
        after = [one for one in every if one.size > last.leaf and one.at <= last.until < one.until]
        if not after:
            break
        way.append(max(after, key=lambda one: (one.until, -one.size)))
    return tuple(way)


def stamping_asked(roots: Path, now: datetime) -> Stamping | None:
    """What this node asks of its own time-stamps; None where nobody has said whose count."""
    try:
        return Stamping(certificates_in(roots.read_bytes()), now)
    except FileNotFoundError:
        return None
