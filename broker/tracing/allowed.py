"""Which attributes of a span may leave: ids, codes, figures. Everything else stays, whoever set it. Pure."""

from collections.abc import Mapping
from typing import TypeVar

ALLOWED = frozenset(
    {
        "error.type",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "network.protocol.version",
        "penstock.asset",
        "penstock.cause",
        "penstock.code",
        "penstock.conduit",
        "penstock.door",
        "penstock.frames",
        "penstock.outcome",
        "penstock.permit",
        "penstock.session",
        "url.scheme",
    }
)
"""``http.route`` is the address with its places unfilled. Not here on purpose: ``url.path`` and ``url.query``, which hold what
people look for, and persons."""

Value = TypeVar("Value")


def allowed(attributes: Mapping[str, Value] | None) -> dict[str, Value]:
    """Those of ``attributes`` that may leave."""
    return {name: value for name, value in (attributes or {}).items() if name in ALLOWED}
