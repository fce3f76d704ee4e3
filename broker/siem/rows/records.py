"""Rows of the ledger itself, of this node's processes and clock, of notices, and of who looked at evidence. Pure."""

from collections.abc import Mapping

from broker.siem.rows.row import Category, Kind, Leaf, Row, Severity, always

C, K, S = Category, Kind, Severity


def _notice(title: str, activity: str) -> Row:
    return Row(title, C.SYSTEM, K.ENTITY, activity, "notice", "notice", person="to")


def _kept_from_it(event: Leaf) -> bool:
    return event.get("deed") == "refused"


ROWS: Mapping[str, Row] = {
    "LedgerOpened": Row("The ledger was opened", C.LOG, K.EVENT_LOG, "Start"),
    "NodeStarted": Row("A process of the node started", C.SYSTEM, K.APPLICATION, "Start"),
    "ClockStepped": Row(
        "The clock stepped", C.SYSTEM, K.FINDING, "Create", severity=S.MEDIUM, failed=always,
    ),
    "GateStoodStill": Row(
        "The gate stood still and was ended", C.SYSTEM, K.FINDING, "Create", severity=S.HIGH, failed=always,
    ),
    "HeadUnwitnessed": Row(
        "No witness vouches for the ledger's new leaves", C.LOG, K.FINDING, "Create",
        severity=S.MEDIUM, failed=always,
    ),
    "LedgerKeyAway": Row(
        "The ledger's key could not sign", C.LOG, K.FINDING, "Create", severity=S.HIGH, failed=always,
    ),
    "LedgerKeyPlaced": Row(
        "The ledger's key is in another place", C.CONFIGURATION, K.ENTITY, "Update", "ledger key", "place",
        severity=S.MEDIUM,
    ),
    "LedgerPruned": Row(
        "The ledger's beginning was pruned", C.LOG, K.EVENT_LOG, "Delete", "ledger", "below", by="first",
        severity=S.MEDIUM,
    ),
    "HeadStamped": Row("A head of the ledger was time-stamped", C.LOG, K.EVENT_LOG, "Other"),
    "StampsLate": Row(
        "Heads of the ledger wait for a time-stamp", C.LOG, K.FINDING, "Create", severity=S.MEDIUM, failed=always,
    ),
    "StampRefused": Row(
        "A time-stamp was not to be believed", C.LOG, K.FINDING, "Create", severity=S.MEDIUM, failed=always,
    ),
    "CollectorLate": Row(
        "A collector does not get the ledger's leaves",
        C.LOG,
        K.FINDING,
        "Create",
        "collector",
        "collector",
        severity=S.MEDIUM,
        failed=always,
    ),
    "EvidenceViewed": Row(
        "Somebody looked at evidence", C.LOG, K.ENTITY, "Read", "evidence", "subject", by="by",
    ),
    "EvidenceHandled": Row(
        "Somebody used evidence, or was kept from it",
        C.LOG,
        K.ENTITY,
        "Read",
        "evidence",
        "item",
        by="by",
        failed=_kept_from_it,
    ),
    "EvidenceChecked": Row("All evidence was checked", C.LOG, K.EVENT_LOG, "Other"),
    "EvidenceFaultFound": Row(
        "Evidence is not what it was", C.LOG, K.FINDING, "Create", "evidence", "item",
        severity=S.HIGH, failed=always,
    ),
    "EvidenceFaultGone": Row(
        "Evidence is as it should be again", C.LOG, K.FINDING, "Close", "evidence", "item",
    ),
    "RecordingKeyChanged": Row(
        "The node's recording key was replaced", C.CONFIGURATION, K.ENTITY, "Update", "recording key", "new", by="by",
    ),
    "HoldSet": Row(
        "A legal hold was set", C.LOG, K.ENTITY, "Update", "legal hold", "scope", by="by",
    ),
    "KeepingAsked": Row(
        "A person asked for evidence to go", C.LOG, K.ENTITY, "Update", "evidence", "subject", by="by",
        severity=S.MEDIUM,
    ),
    "KeepingAgreed": Row(
        "A second person let evidence go", C.LOG, K.ENTITY, "Update", "evidence", "subject", by="by",
        severity=S.MEDIUM,
    ),
    "EvidenceErased": Row(
        "Evidence was deleted", C.LOG, K.ENTITY, "Delete", "evidence", "recording_sha256", severity=S.MEDIUM,
    ),
    "KeepingRefused": Row(
        "Evidence was to be deleted, and may not be", C.LOG, K.ENTITY, "Delete", "evidence", "subject", by="by",
        severity=S.MEDIUM, failed=always,
    ),
    "NoticeSent": _notice("Somebody was told", "Send"),
    "NoticeFailed": Row(
        "Somebody could not be told", C.SYSTEM, K.ENTITY, "Send", "notice", "notice",
        person="to", severity=S.MEDIUM, failed=always,
    ),
    "NoticeChoiceMade": Row(
        "Somebody chose how a person is told", C.CONFIGURATION, K.ENTITY, "Update",
        "notice choice", "person", by="by",
    ),
}  # fmt: skip
