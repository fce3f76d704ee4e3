"""Domain values for tests, each whole and valid; a test changes the one field it is about."""

from datetime import UTC, datetime
from ipaddress import IPv4Address
from typing import Any

from domain.access import Action, ConnectionMethod, Grant, PassageKind
from domain.ids import AssetId, ConduitId, PermitId, PersonId, SiteId, ToolId, VendorId, ZoneId
from domain.permit import Permit
from domain.plant import Asset, Criticality, Endpoint, OperatingState, Protocol
from domain.proof import Approval, PasskeyProof, TotpProof
from domain.record import Record, SecurityLevels
from domain.rights import DecisionRight
from domain.window import TimeWindow

RECORD = Record(
    accountable="The works",
    sl_t=SecurityLevels((2, 2, 2, 1, 2, 1, 2)),
    logical_boundary="VLAN 20",
    physical_boundary="Hall 2",
    logical_access={"firewall, port 3": "SSH from the DMZ"},
    physical_access={"door 4": "The shift"},
    requirements=("Plant standard 2",),
    policies=("PI-07",),
    assumptions="The shift is there",
    dependencies="Power",
)

OPENS = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
CLOSES = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def asset(**changed: Any) -> Asset:
    fields: dict[str, Any] = {
        "id": AssetId("eng-ws-1"),
        "name": "Engineering workstation",
        "zone": ZoneId("cell-1"),
        "owner": "OT engineering",
        "criticality": Criticality.LOW,
        "consequence": "Loss of view.",
        "protect": "The projects",
        "keep_available": "The line",
        "bears": {OperatingState.MAINTENANCE: "any change"},
        "endpoints": (Endpoint(Protocol.SSH, IPv4Address("127.0.0.1"), 22),),
    }
    return Asset(**(fields | changed))


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
        "back_out": "Write the saved firmware back",
        "failure": "The drive reports a checksum fault",
        "tools": frozenset({ToolId("openssh")}),
        "method": ConnectionMethod.SSH,
        "keys": frozenset({"SHA256:" + "k" * 43}),
        "networks": frozenset({"198.51.100.0/24"}),
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
