"""What of a permit leaves nothing in the evidence that can be read, because the charter lets it. Pure."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from domain.access import Grant, PassageKind
from domain.ids import AssetId, ConduitId
from domain.plant import UNREAD, Asset, Conduit, Tunnel
from domain.said import say


class Plant(Protocol):
    """As much of a charter as this looks at."""

    @property
    def assets(self) -> Mapping[AssetId, Asset]: ...
    @property
    def conduits(self) -> Mapping[ConduitId, Conduit]: ...


def unrecorded(
    charter: Plant, conduit: ConduitId | None, asset: AssetId, grants: Iterable[Grant]
) -> frozenset[Tunnel]:
    """The tunnels that may run inside what ``grants`` let through; none where all that can cross is read or shown."""
    way, known = charter.conduits.get(conduit) if conduit is not None else None, charter.assets.get(asset)
    if way is None or known is None or not way.not_recordable:
        return frozenset()
    ports = {one.port for one in grants if one.kind is PassageKind.FORWARD}
    unread = any(one.protocol in UNREAD and (one.port in ports or 0 in ports) for one in known.endpoints)
    return way.not_recordable if unread else frozenset()


def said(tunnels: Iterable[Tunnel]) -> str:
    """That it is so, in plain words for whoever asks, decides or reads; empty where there is nothing to say."""
    names = ", ".join(sorted(tunnels))
    return (
        say("Not recordable: what is done inside {names} can be read by nobody, now or later.", names=names)
        if names
        else ""
    )
