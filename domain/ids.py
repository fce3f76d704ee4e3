"""Identifiers. Each is a distinct type, so that an asset can never be passed where a zone is meant.

All are lower-case words of the charter (``eng-ws-1``) or, for permits and sessions, random:
an identifier is never reused, because evidence refers to it for decades.
"""

import re
from typing import NewType

OrganisationId = NewType("OrganisationId", str)
SiteId = NewType("SiteId", str)
ZoneId = NewType("ZoneId", str)
ConduitId = NewType("ConduitId", str)
AssetId = NewType("AssetId", str)
VendorId = NewType("VendorId", str)
ProductId = NewType("ProductId", str)
SubcontractorId = NewType("SubcontractorId", str)
ToolId = NewType("ToolId", str)
PersonId = NewType("PersonId", str)
PermitId = NewType("PermitId", str)
SessionId = NewType("SessionId", str)
DependencyId = NewType("DependencyId", str)
PathwayId = NewType("PathwayId", str)
RuleId = NewType("RuleId", str)
ExceptionId = NewType("ExceptionId", str)

WORD = re.compile(r"[a-z][a-z0-9-]{0,62}", re.ASCII)
"""What a charter may call a thing; also safe as a file name, an SSH user name part and a URL segment."""

TOKEN = re.compile(r"[a-z0-9]{26}", re.ASCII)
"""What a permit or session id looks like: 130 bits in lower-case base 32."""


def is_word(text: str) -> bool:
    """Whether ``text`` may name a thing of the charter."""
    return WORD.fullmatch(text) is not None


def is_token(text: str) -> bool:
    """Whether ``text`` has the form of a permit or session id."""
    return TOKEN.fullmatch(text) is not None
