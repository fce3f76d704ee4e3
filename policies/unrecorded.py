"""What of a permit leaves nothing in the evidence that can be read, because the charter lets it. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from domain.access import Grant, PassageKind
from domain.exceptions import GrantedException, Liftable, in_force
from domain.ids import AssetId, ConduitId, VendorId
from domain.plant import UNREAD, Asset, Conduit, Tunnel
from domain.said import say


class Plant(Protocol):
    """As much of a charter as this looks at."""

    @property
    def assets(self) -> Mapping[AssetId, Asset]: ...
    @property
    def conduits(self) -> Mapping[ConduitId, Conduit]: ...


class Excepting(Plant, Protocol):
    """The same with its exceptions."""

    @property
    def exceptions(self) -> tuple[GrantedException, ...]: ...
    def boundaries(self, asset: AssetId, conduit: ConduitId) -> tuple[str, ...]: ...


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


def tunnels_let(
    charter: Excepting,
    conduit: ConduitId | None,
    asset: AssetId,
    grants: Iterable[Grant],
    vendor: VendorId,
    at: datetime,
) -> tuple[frozenset[Tunnel], GrantedException | None]:
    """Those that may run now, and the exception by which; none without one that is in force, whatever the conduit names."""
    found = unrecorded(charter, conduit, asset, grants)
    if not found or conduit is None:
        return frozenset(), None
    one = in_force(charter.exceptions, Liftable.TUNNEL, charter.boundaries(asset, conduit), vendor, at)
    return (found, one) if one is not None else (frozenset(), None)


def path(one: GrantedException | None) -> str:
    """By which exception a tunnel may run, or how there comes to be one."""
    if one is None:
        return say(
            "No exception lets them run now: they are cut where they begin. The plant grants one in exceptions.toml, with an owner, what is done instead, and an end."
        )
    return say(
        "The exception {id} lets them run; {owner} answers for it. Instead: {instead}",
        id=one.id,
        owner=one.owner,
        instead=one.compensating,
    )


def said(tunnels: Iterable[Tunnel]) -> str:
    """That it is so, in plain words for whoever asks, decides or reads; empty where there is nothing to say."""
    names = ", ".join(sorted(tunnels))
    return (
        say("Not recordable: what is done inside {names} can be read by nobody, now or later.", names=names)
        if names
        else ""
    )
