"""What a filter may know of the asset's end, beside what a permit covers there. Pure."""

from dataclasses import dataclass, field

from domain.plant import Endpoint
from domain.web import Web

HTTP_PORT = 80
HTTPS_PORT = 443


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
    def of(cls, endpoint: Endpoint, username: str = "", password: str | None = None) -> "FarEnd":
        """The asset at ``endpoint``, with what the plant keeps for it where the charter says that it goes along."""
        web = endpoint.web or Web()
        address = f"[{endpoint.address}]" if endpoint.address.version == 6 else str(endpoint.address)
        usual = HTTPS_PORT if web.secure else HTTP_PORT
        host = web.host or address
        return cls(
            host if endpoint.port == usual else f"{host}:{endpoint.port}", web.secure, username, password
        )
