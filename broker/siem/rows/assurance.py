"""Rows of evidence that no session gives, and of what is decided about it. Pure."""

from collections.abc import Mapping

from broker.siem.rows.row import Category, Kind, Leaf, Row, Severity

C, K, S = Category, Kind, Severity


def _unsound(event: Leaf) -> bool:
    return event.get("sound") is not True


ROWS: Mapping[str, Row] = {
    "EvidenceCollected": Row(
        "The node looked at itself", C.SYSTEM, K.ENTITY, "Read", "evidence", "kind", by="by", failed=_unsound,
    ),
    "DocumentTaken": Row(
        "A document was taken in as evidence", C.LOG, K.ENTITY, "Create", "document", "name", by="by", person="owner",
    ),
    "DocumentEnded": Row(
        "A document is evidence no longer", C.LOG, K.ENTITY, "Delete", "document", "name", by="by",
    ),
    "TriggerNoted": Row(
        "Something happened that makes evidence stale", C.LOG, K.FINDING, "Create", "trigger", "name", by="by",
        severity=S.LOW,
    ),
    "EquivalenceDecided": Row(
        "Evidence of one zone counts in another", C.CONFIGURATION, K.ENTITY, "Update", "equivalence", "name",
        by="by", person="owner",
    ),
    "FindingRaised": Row(
        "A finding was raised", C.LOG, K.FINDING, "Create", "finding", "finding", by="by", person="owner",
        severity=S.MEDIUM,
    ),
    "FindingClosed": Row("A finding was closed", C.LOG, K.FINDING, "Close", "finding", "finding", by="by"),
}  # fmt: skip
