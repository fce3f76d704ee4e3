"""The permit: one person, one asset, one conduit, stated actions, one window. Any change is a new one."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.access import Action, ConnectionMethod, Grant
from domain.canonical import Json, canonical, instant_of, instant_text, object_of, parse, text_of, texts_of
from domain.errors import PenstockError
from domain.ids import AssetId, ConduitId, PermitId, PersonId, SiteId, ToolId, VendorId, is_token, is_word
from domain.plant import Direction, OperatingState
from domain.window import TimeWindow

SCHEMA = "penstock-permit/1"
_DIGEST = re.compile("[0-9a-f]{64}")
MOST_LIMITS = 64
"""Of one permit or template: what a person still reads before they sign."""
LONGEST_LIMIT = 300
LONGEST_TEXT = 500  # characters of purpose or work order; what fits a phone screen and a review


class PermitState(StrEnum):
    """Where a permit stands. The edges between are in ``approvals.lifecycle``."""

    REQUESTED = "requested"
    DISPUTED = "disputed"
    APPROVED = "approved"
    ACTIVE = "active"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    NARROWED = "narrowed"
    REVOKED = "revoked"
    LAPSED = "lapsed"
    COMPLETED = "completed"


WAITING = frozenset({PermitState.REQUESTED, PermitState.DISPUTED})
"""States in which somebody of the plant is to decide."""

USABLE = frozenset({PermitState.APPROVED, PermitState.ACTIVE})
"""States in which a permit may open something."""


@dataclass(frozen=True, slots=True)
class Permit:
    """What was asked for and, once approval proofs over ``digest()`` verify, what is allowed.

    Immutable: its canonical bytes are what an approver signs and what the gate compares at every
    door. ``window`` is in whole seconds; half-open. ``nonce`` makes two like wishes two permits.
    Raises ValueError when a field can't be what it says.
    """

    id: PermitId
    site: SiteId
    person: PersonId
    vendor: VendorId
    asset: AssetId
    conduit: ConduitId
    grants: frozenset[Grant]
    actions: frozenset[Action]
    window: TimeWindow
    time_zone: str
    """The IANA zone in which the window was asked for; for reading it, never for reckoning."""
    states: frozenset[OperatingState]
    purpose: str
    work_order: str
    """The plant's reference for the work or the change."""
    back_out: str
    """How what is done is undone."""
    failure: str
    """How it would show that it has gone wrong."""
    tools: frozenset[ToolId]
    """With what it may be used; another client is refused."""
    method: ConnectionMethod
    keys: frozenset[str]
    """The SSH keys that it may be used with, by fingerprint; a key enrolled later is another client. In a browser none:
    what is used there is made for this one permit, and certified for it."""
    networks: frozenset[str]
    """Where it may be used from, in CIDR."""
    charter_digest: bytes
    requested_at: datetime
    nonce: bytes
    narrows: PermitId | None = None
    direction: Direction = Direction.BOTH
    safety_record: str = ""
    """SHA-256, in hex, of the safety dependency that the way stood on; empty where it touches no safety zone."""
    template: str = ""
    """SHA-256, in hex, of the standing template that it was asked for inside; empty where it was inside none."""
    limits: frozenset[str] = frozenset()
    """Where, and within which bounds: each in its one written form (``domain.limits``). A protocol for which one is named
    reaches nothing outside them; one for which none is, whatever the actions cover. The gate reads them; a text that
    it can't read opens nothing."""

    def __post_init__(self) -> None:
        words = (self.site, self.person, self.vendor, self.asset, self.conduit)
        if not all(is_word(word) for word in words):
            raise ValueError("a permit names things by their charter ids")
        if not is_token(self.id) or (self.narrows is not None and not is_token(self.narrows)):
            raise ValueError("a permit's id is 26 characters of lower-case base 32")
        if not (self.grants and self.actions and self.states):
            raise ValueError("a permit without a passage, an action or a state permits nothing")
        _check_client(self.tools, self.keys, self.networks, self.method)
        check_limits(self.limits)
        if self.window.start.microsecond or self.window.end.microsecond:
            raise ValueError("a permit's window is in whole seconds")
        if len(self.charter_digest) != 32 or len(self.nonce) != 16:
            raise ValueError("a permit's charter digest is 32 bytes and its nonce 16")
        if not all(_DIGEST.fullmatch(one) for one in (self.safety_record, self.template) if one):
            raise ValueError("a permit's safety record and its template are named by 64 hex digits")
        for text in (self.purpose, self.work_order, self.back_out, self.failure):
            if len(text) > LONGEST_TEXT or not text.isprintable():
                raise ValueError(
                    f"a permit's texts are one printable line, {LONGEST_TEXT} characters at most"
                )
        if not self.purpose.strip():
            raise ValueError("a permit states its purpose")

    def document(self) -> Json:
        """The permit as JSON; every list sorted, so that one permit has one form.

        What is as usual (both directions, no safety record, no template, no limits) is left out.
        """
        unusual: dict[str, Json] = {}
        if self.direction is not Direction.BOTH:
            unusual["direction"] = self.direction
        if self.safety_record:
            unusual["safety_record"] = self.safety_record
        if self.template:
            unusual["template"] = self.template
        if self.limits:
            unusual["limits"] = sorted(self.limits)
        return unusual | {
            "schema": SCHEMA,
            "id": self.id,
            "site": self.site,
            "person": self.person,
            "vendor": self.vendor,
            "asset": self.asset,
            "conduit": self.conduit,
            "grants": sorted(str(grant) for grant in self.grants),
            "actions": sorted(self.actions),
            "window": {
                "start": instant_text(self.window.start),
                "end": instant_text(self.window.end),
                "zone": self.time_zone,
            },
            "states": sorted(self.states),
            "purpose": self.purpose,
            "work_order": self.work_order,
            "back_out": self.back_out,
            "failure": self.failure,
            "tools": sorted(self.tools),
            "method": self.method,
            "keys": sorted(self.keys),
            "networks": sorted(self.networks),
            "charter": self.charter_digest.hex(),
            "requested_at": instant_text(self.requested_at),
            "nonce": self.nonce.hex(),
            "narrows": self.narrows,
        }

    def canonical(self) -> bytes:
        """The bytes that are signed (RFC 8785)."""
        return canonical(self.document())

    def digest(self) -> bytes:
        """SHA-256 of the canonical bytes: 32 bytes."""
        return hashlib.sha256(self.canonical()).digest()

    @staticmethod
    def of(data: bytes) -> "Permit":
        """The permit whose canonical bytes are exactly ``data``; PenstockError for anything else."""
        document = parse(data)
        try:
            permit = _permit(document)
        except (KeyError, TypeError, ValueError) as error:
            raise PenstockError(f"This is not a permit: {error}.") from error
        if permit.canonical() != data:
            raise PenstockError("This permit holds more than a permit does, or holds it in another form.")
        return permit


def check_limits(limits: frozenset[str]) -> None:
    """That ``limits`` are few and short lines; ValueError else. What they say is ``domain.limits``' to read."""
    if len(limits) > MOST_LIMITS or not all(
        0 < len(one) <= LONGEST_LIMIT and one.isascii() and one.isprintable() for one in limits
    ):
        raise ValueError(f"limits are at most {MOST_LIMITS} lines of printable ASCII")


def _check_client(
    tools: frozenset[ToolId], keys: frozenset[str], networks: frozenset[str], method: ConnectionMethod
) -> None:
    if not (tools and networks and (keys or method is ConnectionMethod.BROWSER)):
        raise ValueError("a permit without a tool, a key or a network can be used by nobody")
    if keys and method is ConnectionMethod.BROWSER:
        raise ValueError("a permit for the browser names no SSH key")
    if not all(is_word(tool) for tool in tools):
        raise ValueError("a permit names tools by their charter ids")
    if not all(one.isascii() and one.isprintable() for one in keys | networks):
        raise ValueError("a permit's keys and networks are printable ASCII")


def _permit(document: Json) -> Permit:
    fields = object_of(document)
    if fields["schema"] != SCHEMA:
        raise ValueError(f"its schema is not {SCHEMA}")
    window = object_of(fields["window"])
    narrows = fields["narrows"]
    return Permit(
        id=PermitId(text_of(fields["id"])),
        site=SiteId(text_of(fields["site"])),
        person=PersonId(text_of(fields["person"])),
        vendor=VendorId(text_of(fields["vendor"])),
        asset=AssetId(text_of(fields["asset"])),
        conduit=ConduitId(text_of(fields["conduit"])),
        grants=frozenset(Grant.of(text) for text in texts_of(fields["grants"])),
        actions=frozenset(Action(text) for text in texts_of(fields["actions"])),
        window=TimeWindow(instant_of(text_of(window["start"])), instant_of(text_of(window["end"]))),
        time_zone=text_of(window["zone"]),
        states=frozenset(OperatingState(text) for text in texts_of(fields["states"])),
        purpose=text_of(fields["purpose"]),
        work_order=text_of(fields["work_order"]),
        back_out=text_of(fields["back_out"]),
        failure=text_of(fields["failure"]),
        tools=frozenset(ToolId(text) for text in texts_of(fields["tools"])),
        method=ConnectionMethod(text_of(fields["method"])),
        keys=frozenset(texts_of(fields["keys"])),
        networks=frozenset(texts_of(fields["networks"])),
        charter_digest=bytes.fromhex(text_of(fields["charter"])),
        requested_at=instant_of(text_of(fields["requested_at"])),
        nonce=bytes.fromhex(text_of(fields["nonce"])),
        narrows=None if narrows is None else PermitId(text_of(narrows)),
        direction=Direction(text_of(fields.get("direction", Direction.BOTH))),
        safety_record=text_of(fields.get("safety_record", "")),
        template=text_of(fields.get("template", "")),
        limits=frozenset(texts_of(fields.get("limits", ()))),
    )
