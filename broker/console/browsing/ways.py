"""What a browser can open under a permit: one entry a way, with its page. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.access import ConnectionMethod, PassageKind
from domain.permit import USABLE, Permit, PermitState
from domain.plant import SCREENS, Asset, Protocol
from domain.said import say


@dataclass(frozen=True, slots=True)
class Way:
    """One page that opens something."""

    what: str
    path: str


def ways(permit: Permit, state: PermitState, asset: Asset | None = None) -> tuple[Way, ...]:
    """What ``permit`` lets a browser open at ``asset`` while it is in ``state``; nothing for one that is for an SSH client."""
    if permit.method is not ConnectionMethod.BROWSER or state not in USABLE:
        return ()
    return tuple(_ways(permit, asset))


def _ways(permit: Permit, asset: Asset | None) -> Iterator[Way]:
    kinds = {one.kind for one in permit.grants}
    if PassageKind.SHELL in kinds:
        yield Way(say("Open a terminal here"), f"/permits/{permit.id}/terminal")
    elif PassageKind.EXEC in kinds:
        yield Way(say("Run one command here"), f"/permits/{permit.id}/terminal")
    if screen_port(permit, asset) is not None:
        yield Way(say("Open the screen here"), f"/permits/{permit.id}/screen")
    if panel_port(permit, asset) is not None:
        yield Way(say("Open its page here"), f"/permits/{permit.id}/panel")


def screen_port(permit: Permit, asset: Asset | None) -> int | None:
    """The asset's VNC or RDP port that ``permit`` grants, the lowest of several; None when it grants none."""
    return _port(permit, asset, SCREENS)


def panel_port(permit: Permit, asset: Asset | None) -> int | None:
    """The asset's HTTP port that ``permit`` grants, the lowest of several; None when it grants none."""
    return _port(permit, asset, frozenset({Protocol.HTTP}))


def _port(permit: Permit, asset: Asset | None, spoken: frozenset[Protocol]) -> int | None:
    granted = {one.port for one in permit.grants if one.kind is PassageKind.FORWARD}
    ports = [one.port for one in asset.endpoints if one.protocol in spoken] if asset else []
    return min((one for one in ports if granted & {0, one}), default=None)
