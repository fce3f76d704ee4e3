"""Rows of wishes, decisions, permits, templates and what is out of the ordinary. Pure."""

from collections.abc import Mapping

from broker.siem.rows.row import Category, Kind, Leaf, Row, Severity, always

C, K, S = Category, Kind, Severity


def _permit(title: str, activity: str, by: str, severity: Severity = S.INFORMATIONAL) -> Row:
    return Row(title, C.ACCESS, K.ENTITY, activity, "permit", "permit", by=by, severity=severity)


def _said_no(event: Leaf) -> bool:
    return event.get("allows") is not True


ROWS: Mapping[str, Row] = {
    "PermitRequested": _permit("A permit was asked for", "Create", "person"),
    "RequestRefused": Row(
        "A request was refused", C.ERRORS, K.ENTITY, "Create", "asset", "asset",
        by="person", severity=S.LOW, failed=always,
    ),
    "PermitApproved": _permit("A permit was approved under one right", "Approve", "approver"),
    "PermitChanged": _permit("A permit moved along its life cycle", "Update", "by"),
    "ApprovalRejected": Row(
        "A decision did not count", C.ACCESS, K.ENTITY, "Approve", "permit", "permit",
        by="person", severity=S.MEDIUM, failed=always,
    ),
    "RefusalSigned": _permit("A refusal of a permit was signed", "Refuse", "person"),
    "PermitDisputed": _permit("Those who decide disagree about a permit", "Dispute", "arbiter", S.LOW),
    "PermitSettled": Row(
        "A disagreement about a permit was settled", C.ACCESS, K.ENTITY, "Settle", "permit", "permit",
        by="by", failed=_said_no,
    ),
    "GlassBroken": Row(
        "A permit was approved past those who hold the right", C.ACCESS, K.FINDING, "Create",
        "permit", "permit", severity=S.HIGH,
    ),
    "GlassReviewed": _permit("A use of break-glass was reviewed", "Review", "by"),
    "Escalated": Row(
        "A level of the ladder was called", C.ACCESS, K.ENTITY, "Escalate", "matter", "about", severity=S.LOW,
    ),
    "RightAttested": Row(
        "Somebody attested what they answer for", C.ACCESS, K.ENTITY, "Attest", "right", "subject", by="person",
    ),
    "TemplateWritten": Row(
        "A standing template was written", C.CONFIGURATION, K.ENTITY, "Create", "template", "template", by="by",
    ),
    "TemplateUsed": _permit("A permit inside a standing template was confirmed", "Activate", "by"),
    "TemplateEnded": Row(
        "A standing template was ended", C.CONFIGURATION, K.ENTITY, "Deactivate", "template", "template", by="by",
    ),
}  # fmt: skip
