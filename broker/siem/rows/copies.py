"""Rows of copies in a second store, and of room for more. Pure."""

from collections.abc import Mapping

from broker.siem.rows.row import Category, Kind, Leaf, Row, Severity, always

C, K, S = Category, Kind, Severity


def _gave_way(event: Leaf) -> bool:
    return event.get("held") is not True


ROWS: Mapping[str, Row] = {
    "StoreProven": Row(
        "It was tried to break the second store's lock", C.BACKUP, K.ENTITY, "Test", "store", "store",
        by="by", failed=_gave_way,
    ),
    "EvidenceStored": Row(
        "A recording was copied to the second store", C.BACKUP, K.ENTITY, "Create", "recording", "session",
    ),
    "EvidenceRoomAlarmed": Row(
        "Room for evidence runs short", C.BACKUP, K.FINDING, "Create", severity=S.HIGH, failed=always,
    ),
    "EvidenceRoomRegained": Row("There is room for evidence again", C.BACKUP, K.FINDING, "Close"),
    "EvidenceFetched": Row(
        "A recording was put back from the second store", C.BACKUP, K.ENTITY, "Restore", "recording", "session",
        by="by",
    ),
    "RecordingAltered": Row(
        "A recording is not what was sealed", C.LOG, K.FINDING, "Create", severity=S.CRITICAL, failed=always,
    ),
}  # fmt: skip
