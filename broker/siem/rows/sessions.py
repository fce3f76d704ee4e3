"""Rows of sessions: what was opened, let through, refused, held and ended. Pure."""

from collections.abc import Mapping

from broker.siem.rows.row import Category, Kind, Leaf, Row, Severity, always

C, K, S = Category, Kind, Severity


def _unverified(event: Leaf) -> bool:
    return event.get("verified") is not True


def _session(title: str, activity: str, by: str = "", severity: Severity = S.INFORMATIONAL) -> Row:
    return Row(title, C.CONTROL, K.ENTITY, activity, "session", "session", by=by, severity=severity)


ROWS: Mapping[str, Row] = {
    "SessionOpened": Row("A session was opened", C.ACCESS, K.SSH, "Open", by="person"),
    "PassageOpened": Row("A channel was let through", C.ACCESS, K.SSH, "Open"),
    "PassageRefused": Row(
        "A channel was refused", C.ERRORS, K.SSH, "Refuse", by="person", severity=S.MEDIUM, failed=always,
    ),
    "SessionHeartbeat": Row("A session goes on", C.ACCESS, K.SSH, "Traffic"),
    "SessionEnded": Row("A session ended", C.ACCESS, K.SSH, "Close", failed=_unverified),
    "SessionInterrupted": Row(
        "A session that never ended in order was recovered", C.BACKUP, K.SSH, "Fail",
        severity=S.MEDIUM, failed=always,
    ),
    "SessionHeld": _session("A session is held", "Suspend", severity=S.LOW),
    "SessionReleased": _session("A session is no longer held", "Resume"),
    "SessionUnlocked": _session("The person of a locked session signed in again", "Resume", "person"),
    "ProofRefused": Row(
        "A proof within a session did not count", C.ERRORS, K.AUTHENTICATION, "Logon", by="person", severity=S.MEDIUM, failed=always,
    ),
    "FunctionConfirmed": Row(
        "A function was confirmed by a proof of its own", C.CONTROL, K.AUTHENTICATION, "Logon", by="person", severity=S.MEDIUM,
    ),
    "FunctionPassed": _session("A function that was confirmed went to the asset", "Activate", severity=S.MEDIUM),
    "SessionReviewed": _session("Somebody reviewed a session that ended", "Review", "by"),
    "SessionPaused": _session("Somebody paused a session", "Suspend", "by", S.LOW),
    "SessionResumed": _session("Somebody lifted a pause", "Resume", "by"),
    "SessionWatched": _session("Somebody began or ceased to watch a session's screens", "Read", "by"),
    "StepDeclared": _session("A session's end waits for a step that must not be interrupted", "Defer", "by", S.LOW),
    "StepDone": _session("The step is done", "Resume", "by"),
    "InwardRefused": Row(
        "Bytes into an outbound conduit were dropped", C.ERRORS, K.SSH, "Refuse", severity=S.HIGH, failed=always,
    ),
}  # fmt: skip
