"""Which tool a client is, and which ones a vendor's people may choose."""

from domain.ids import ToolId
from domain.parties import Vendor
from policies.charter.charter import Charter


def tool_of(charter: Charter, version: str) -> ToolId | None:
    """The one tool whose client says ``version`` (RFC 4253 section 4.2, without the line end), or None."""
    return next((one.id for one in charter.tools.values() if version and one.is_client(version)), None)


def selectable(charter: Charter, vendor: Vendor) -> frozenset[ToolId]:
    """The vendor's tools for which every instruction is on file."""
    return frozenset(one for one in vendor.tools if charter.tools[one].documented)
