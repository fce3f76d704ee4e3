"""Domain values for tests, each whole and valid; a test changes the one field it is about."""

from datetime import UTC, datetime
from typing import Any

from domain.access import Action, Grant, PassageKind
from domain.ids import AssetId, ConduitId, PermitId, PersonId, SiteId, VendorId
from domain.permit import Permit
from domain.plant import OperatingState
from domain.proof import Approval, PasskeyProof, TotpProof
from domain.rights import DecisionRight
from domain.window import TimeWindow

OPENS = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
CLOSES = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def permit(**changed: Any) -> Permit:
    fields: dict[str, Any] = {
        "id": PermitId("a" * 26),
        "site": SiteId("demo-works"),
        "person": PersonId("ana"),
        "vendor": VendorId("acme"),
        "asset": AssetId("eng-ws-1"),
        "conduit": ConduitId("vendor-to-cell"),
        "grants": frozenset({Grant(PassageKind.SHELL), Grant(PassageKind.FORWARD, 502)}),
        "actions": frozenset({Action.VIEW, Action.OPERATE}),
        "window": TimeWindow(OPENS, CLOSES),
        "time_zone": "Europe/Berlin",
        "states": frozenset({OperatingState.MAINTENANCE}),
        "purpose": "Replace the drive firmware",
        "work_order": "WO-1017",
        "charter_digest": bytes(range(32)),
        "requested_at": datetime(2026, 3, 1, 9, 30, 0, 250000, tzinfo=UTC),
        "nonce": bytes(16),
        "narrows": None,
    }
    return Permit(**(fields | changed))


def approval(**changed: Any) -> Approval:
    fields: dict[str, Any] = {
        "permit_digest": permit().digest(),
        "right": DecisionRight.CONNECT,
        "approver": PersonId("bea"),
        "at": OPENS,
        "shown_digest": bytes(32),
        "proof": PasskeyProof(b"credential", bytes(32), b'{"type":"webauthn.get"}', b"data", b"signature"),
    }
    return Approval(**(fields | changed))


TOTP = TotpProof(step=58_000_000, code="123456")
