"""Pathways that the broker does not carry: modems, gateways, tunnels, clouds. Written down, or unseen."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.ids import PathwayId, VendorId, ZoneId


class PathwayKind(StrEnum):
    """What reaches the plant beside the conduits."""

    MODEM = "modem"
    CELLULAR_GATEWAY = "cellular-gateway"
    TUNNEL = "tunnel"
    """A tunnel that is always on, whoever ends it."""
    CLOUD_REPLICATION = "cloud-replication"
    CLOUD_CONNECTOR = "cloud-connector"
    """A vendor's platform that reaches in."""
    REMOVABLE_MEDIA = "removable-media"
    OTHER = "other"


class PathwayStatus(StrEnum):
    """How far a pathway is under somebody's hand."""

    GOVERNED = "governed"
    """Somebody decides over each use of it, by a control that is named."""
    EXCEPTED = "excepted"
    """Tolerated by an exception, while that lasts."""
    UNGOVERNED = "ungoverned"
    """Known, and nobody's."""


@dataclass(frozen=True, slots=True)
class Pathway:
    """One way in or out that no conduit of the charter is."""

    id: PathwayId
    name: str
    kind: PathwayKind
    zone: ZoneId
    """The zone that it reaches."""
    status: PathwayStatus
    carries: str
    """What flows over it, and to whom."""
    found: date
    """When somebody first wrote it down."""
    vendor: VendorId | None = None
    owner: str = ""
    control: str = ""
    """What decides over each use of it."""
    exit_plan: str = ""
    """How the plant goes on without it."""
    kill: str = ""
    """What closes it at once, and who can."""
