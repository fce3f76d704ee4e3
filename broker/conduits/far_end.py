"""What a filter may know of the asset's end, beside what a permit covers there. Pure."""

from dataclasses import dataclass, field

from domain.plant import Endpoint

HTTP_PORT = 80


@dataclass(frozen=True, slots=True)
class FarEnd:
    """The asset behind a conduit, as its own protocol names it, and what the gate says to it in the vendor's place."""

    host: str = "asset"
    """How a request names it, with its port where that is not the usual one: ``10.20.0.7:8080``."""
    secure: bool = False
    """Whether the gate speaks TLS to it."""
    username: str = ""
    password: str | None = field(default=None, repr=False)
    """What the plant keeps in its vault for this; never shown to a vendor, never recorded. None is nothing."""

    @classmethod
    def of(cls, endpoint: Endpoint) -> "FarEnd":
        """The asset at ``endpoint``."""
        address = f"[{endpoint.address}]" if endpoint.address.version == 6 else str(endpoint.address)
        return cls(address if endpoint.port == HTTP_PORT else f"{address}:{endpoint.port}")
