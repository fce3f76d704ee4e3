"""Which tool a client is, and which ones a vendor's people may choose."""

from collections.abc import Iterable

from domain.access import ConnectionMethod
from domain.ids import ToolId
from domain.parties import Vendor
from policies.charter.charter import Charter

BROWSER_CLIENT = "PenstockBrowser_1"
"""The software version (RFC 4253 section 4.2) of the console's own SSH client, which connects for a browser."""

BROWSER = f"SSH-2.0-{BROWSER_CLIENT}"
"""A tool of the charter with the beginning of this among its ``clients`` is the browser, for the vendors that may use it."""


def tool_of(charter: Charter, version: str) -> ToolId | None:
    """The one tool whose client says ``version`` (RFC 4253 section 4.2, without the line end), or None."""
    return next((one.id for one in charter.tools.values() if version and one.is_client(version)), None)


def selectable(charter: Charter, vendor: Vendor) -> frozenset[ToolId]:
    """The vendor's tools for which every instruction is on file."""
    return frozenset(one for one in vendor.tools if charter.tools[one].documented)


def by_method(charter: Charter, tools: Iterable[ToolId], method: ConnectionMethod) -> frozenset[ToolId]:
    """Those of ``tools`` with which somebody can come by ``method``: the browser is a tool too, and no other is it."""
    wanted = method is ConnectionMethod.BROWSER
    return frozenset(
        one for one in tools if (one in charter.tools and charter.tools[one].is_client(BROWSER)) is wanted
    )
