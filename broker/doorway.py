"""Where the gate's SSH door is, and the key that it proves itself with: for whoever connects from beside it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.canonical import Json, text_of

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - said, not listened on
"""Where a door is reached from this machine that listens on all of its addresses."""


@dataclass(frozen=True, slots=True)
class Doorway:
    """An address of this machine, and the host key of the gate that listens there."""

    host: str
    port: int
    host_key: str
    """In OpenSSH's one-line form. Another key there is another machine, or another program."""

    def document(self) -> dict[str, Json]:
        """As JSON."""
        return {"host": self.host, "port": self.port, "host_key": self.host_key}

    @staticmethod
    def of(document: Json) -> "Doorway":
        """What ``document()`` wrote; KeyError, TypeError or ValueError for anything else."""
        if not isinstance(document, Mapping):
            raise TypeError("it must be an object")
        port = document["port"]
        if not isinstance(port, int) or not 0 < port < 65536:
            raise ValueError("this is no port")
        return Doorway(text_of(document["host"]), port, text_of(document["host_key"]))


def doorway(host: str, port: int, host_key: str) -> Doorway:
    """The way to a door that listens on ``host``."""
    return Doorway(EVERYWHERE.get(host, host), port, host_key)
