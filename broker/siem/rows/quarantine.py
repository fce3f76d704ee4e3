"""Rows of files on their way. Pure."""

from collections.abc import Mapping

from broker.siem.rows.row import Category, Kind, Leaf, Row, Severity, always

C, K, S = Category, Kind, Severity


def _not_whole(event: Leaf) -> bool:
    return event.get("whole") is not True


def _kept_back(event: Leaf) -> bool:
    return event.get("state") != "released"


def _not_all(event: Leaf) -> bool:
    return event.get("outcome") != "whole"


ROWS: Mapping[str, Row] = {
    "FileTakenIn": Row(
        "A vendor's file came into the quarantine", C.CONTROL, K.ENTITY, "Create", "file", "file",
        by="person", failed=_not_whole,
    ),
    "FileScreened": Row(
        "A vendor's file was looked at", C.CONTROL, K.ENTITY, "Scan", "file", "file",
        severity=S.LOW, failed=_kept_back,
    ),
    "FileReleased": Row(
        "A person released a vendor's file", C.CONTROL, K.ENTITY, "Enable", "file", "file", by="by", severity=S.MEDIUM,
    ),
    "FileRefused": Row(
        "A person refused a vendor's file", C.CONTROL, K.ENTITY, "Disable", "file", "file", by="by",
    ),
    "FileDelivered": Row(
        "A released file went to its asset", C.CONTROL, K.ENTITY, "Move", "file", "file", failed=_not_all,
    ),
    "FileMoved": Row(
        "A file went over a conduit", C.CONTROL, K.ENTITY, "Move", "asset", "asset", by="person", failed=_not_all,
    ),
    "FileErased": Row("A vendor's file was erased", C.LOG, K.ENTITY, "Delete", "file", "file", severity=S.MEDIUM),
    "FileNotTaken": Row(
        "A vendor's file was turned away", C.ACCESS, K.FINDING, "Create", person="person",
        severity=S.MEDIUM, failed=always,
    ),
}  # fmt: skip
