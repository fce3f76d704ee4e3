"""Every kind of event that the ledger keeps, as a SIEM is told of it, and which of its fields may leave. Pure.

A house test fails for an event without a row, and for a field that stands in neither list: what nobody has
looked at stays inside.
"""

from collections.abc import Mapping

from broker.siem.rows import deciding, people, plant, records, sessions
from broker.siem.rows.row import Category, Kind, Row, Severity, always

ROWS: Mapping[str, Row] = {
    **records.ROWS,
    **deciding.ROWS,
    **people.ROWS,
    **sessions.ROWS,
    **plant.ROWS,
}

UNKNOWN = Row("An event of a kind that is new here", Category.LOG, Kind.EVENT_LOG, "Other")
UNREADABLE = Row(
    "A leaf whose event can't be read",
    Category.LOG,
    Kind.FINDING,
    "Create",
    severity=Severity.MEDIUM,
    failed=always,
)
"""Its text was erased by the plant's own rules, or it was changed. It is told all the same: silence would be a gap."""

HEARTBEAT = Row("The forwarder is alive", Category.LOG, Kind.EVENT_LOG, "Heartbeat")
"""Not a leaf: it says up to which leaf this collector has been sent everything, so that silence shows."""

WITHHELD: Mapping[str, str] = {
    "detail": "what a vendor's client asked for, command lines included, is payload",
    "document": "a whole document; the ledger has it",
    "message": "a whole signed document; the ledger has it",
    "signature": "of no use without what was signed",
}
"""Fields that never leave, each with its reason."""

CARRIED = frozenset(
    [
        "about",
        "actions",
        "after",
        "agreed",
        "allows",
        "answer",
        "application",
        "approval",
        "approvals",
        "approver",
        "arbiter",
        "asked",
        "asset",
        "attempts",
        "before",
        "boundary",
        "browser",
        "by",
        "bytes_to_asset",
        "bytes_to_vendor",
        "called",
        "cause",
        "changed",
        "changes",
        "channel",
        "charter",
        "claimed",
        "code",
        "company",
        "conduit",
        "confirmed",
        "connection",
        "copy_bytes",
        "copy_sha256",
        "deadline",
        "decided_by",
        "decision",
        "deed",
        "digest",
        "dispute",
        "door",
        "draft",
        "dropped_bytes",
        "due",
        "emergency",
        "enforced",
        "exceptions",
        "expires",
        "factors",
        "failures",
        "finding",
        "fingerprint",
        "frames",
        "head",
        "hold",
        "how",
        "id",
        "impact",
        "invitation",
        "invited_by",
        "item",
        "key",
        "keys",
        "kind",
        "label",
        "level",
        "mail",
        "minutes",
        "missing",
        "networks",
        "new",
        "notice",
        "office",
        "old",
        "origin",
        "outcome",
        "passage",
        "permit",
        "person",
        "present",
        "previous",
        "process",
        "proof",
        "purpose",
        "quiet",
        "reason",
        "recording_sha256",
        "recordings",
        "refused",
        "remote_job",
        "removed",
        "right",
        "scope",
        "scopes",
        "seconds",
        "sentence",
        "session",
        "shown",
        "signers",
        "since",
        "size",
        "skipped",
        "software",
        "source",
        "state",
        "stated",
        "statement",
        "step",
        "subject",
        "template",
        "to",
        "token",
        "tools",
        "trust",
        "until",
        "use",
        "uses",
        "verified",
        "version",
        "way",
        "what",
        "window_from",
        "window_until",
        "work_order",
        "zone",
    ]
)
"""Fields that may leave: ids, codes, digests, instants, figures, and what people of the plant gave as their reason."""


def row_of(event: Mapping[str, object]) -> Row:
    """The row of a leaf's event; one for all that this version doesn't know."""
    return ROWS.get(str(event.get("event")), UNKNOWN)
