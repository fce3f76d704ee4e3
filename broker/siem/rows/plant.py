"""Rows of the plant itself: operating states, the kill switch, the charter, credentials, who watches. Pure."""

from collections.abc import Mapping

from broker.siem.rows.row import Category, Kind, Row, Severity, always

C, K, S = Category, Kind, Severity

ROWS: Mapping[str, Row] = {
    "StateChanged": Row(
        "A zone's operating state was set", C.CONTROL, K.ENTITY, "Update", "zone", "zone", by="by",
    ),
    "Isolated": Row(
        "The kill switch was used", C.CONTROL, K.REMEDIATION, "Isolate", "scope", "scope",
        by="by", severity=S.HIGH,
    ),
    "Restored": Row(
        "A scope was released again", C.CONTROL, K.REMEDIATION, "Restore", "scope", "scope",
        by="by", severity=S.MEDIUM,
    ),
    "OverrideBegun": Row(
        "A holder suspended a scope for a time", C.CONTROL, K.REMEDIATION, "Isolate", "scope", "scope",
        by="by", severity=S.HIGH,
    ),
    "OverrideEnded": Row(
        "An override is over, and waits for a review", C.CONTROL, K.REMEDIATION, "Restore", "scope", "scope",
        by="by", severity=S.MEDIUM,
    ),
    "OverrideReviewed": Row(
        "Somebody reviewed an override", C.CONTROL, K.ENTITY, "Review", "scope", "scope", by="by",
    ),
    "RestoreAgreed": Row(
        "A holder agreed to a release", C.CONTROL, K.ENTITY, "Approve", "scope", "scope", by="by",
    ),
    "AttendanceChanged": Row(
        "Somebody of the plant began to watch, or no longer does", C.CONTROL, K.ENTITY, "Attend",
        "scope", "scope", by="by",
    ),
    "CharterLoaded": Row(
        "A process goes by a charter from now on", C.CONFIGURATION, K.ENTITY, "Read",
        "charter", "digest", by="by",
    ),
    "CharterApplied": Row(
        "A version of the charter was put in force", C.CONFIGURATION, K.ENTITY, "Activate",
        "charter", "digest", by="by", severity=S.LOW,
    ),
    "CredentialChanged": Row(
        "A target credential or pinned host key was changed", C.CONFIGURATION, K.ENTITY, "Update",
        "credential", "asset", by="by", severity=S.LOW,
    ),
    "HostKeyMismatch": Row(
        "An asset showed another host key than the pinned one", C.CONTROL, K.FINDING, "Create",
        "asset", "asset", severity=S.HIGH, failed=always,
    ),
}  # fmt: skip
