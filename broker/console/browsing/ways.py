"""What a browser can open under a permit: one entry a way, with its page. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.access import ConnectionMethod, PassageKind
from domain.permit import USABLE, Permit, PermitState
from domain.said import say


@dataclass(frozen=True, slots=True)
class Way:
    """One page that opens something."""

    what: str
    path: str


def ways(permit: Permit, state: PermitState) -> tuple[Way, ...]:
    """What ``permit`` lets a browser open while it is in ``state``; nothing for one that is for an SSH client."""
    if permit.method is not ConnectionMethod.BROWSER or state not in USABLE:
        return ()
    return tuple(_ways(permit))


def _ways(permit: Permit) -> Iterator[Way]:
    kinds = {one.kind for one in permit.grants}
    if PassageKind.SHELL in kinds:
        yield Way(say("Open a terminal here"), f"/permits/{permit.id}/terminal")
    elif PassageKind.EXEC in kinds:
        yield Way(say("Run one command here"), f"/permits/{permit.id}/terminal")
