"""Which events cover which kinds of log that rules ask for, and what is out of scope, with the reason. Pure.

``docs/siem-events.md`` is written from this. A house test fails for a row that is blank or names an event that is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from broker.siem.rows.row import Category
from broker.siem.rows.table import ROWS

SIX: tuple[tuple[str, str, str], ...] = (
    ("timestamp", "`time`", "`rt`"),
    ("source", "`metadata.log_name`", "`deviceExternalId`"),
    ("category", "`unmapped.penstock.category`", "`cat`"),
    ("type", "`unmapped.penstock.event`", "`act`"),
    ("event id", "`metadata.uid`", "`externalId`"),
    ("result", "`unmapped.penstock.result`", "`outcome`"),
)
"""The six things that every record says (IEC 62443-3-3 SR 2.8), and where they stand in OCSF and in CEF."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One kind of log that a rule lists: the events that cover it, or why none does."""

    letter: str
    kind: str
    events: tuple[str, ...] = ()
    reason: str = ""


NIS2: tuple[Asked, ...] = (
    Asked(
        "a",
        "network traffic in and out",
        (
            "SessionOpened",
            "PassageOpened",
            "PassageRefused",
            "SessionHeartbeat",
            "SessionEnded",
            "InwardRefused",
        ),
        "Of what crosses this broker; the firewalls around it log the rest.",
    ),
    Asked(
        "b",
        "users made, changed and removed, and rights extended",
        (
            "CharterApplied",
            "KeyEnrolled",
            "PasswordSet",
            "TokenIssued",
            "TokenEnded",
            "LeavingNoticed",
            "VendorAnswered",
        ),
    ),
    Asked(
        "c", "access to systems and applications", ("SessionOpened", "SessionEnded", "SignedIn", "TokenUsed")
    ),
    Asked(
        "d",
        "authentication",
        ("SignedIn", "SignInFailed", "SignedOut", "SignInLocked", "SignInLockLifted", "BrowserSignInEnded"),
    ),
    Asked(
        "e",
        "privileged access, and what administrators do",
        (
            "PermitApproved",
            "GlassBroken",
            "Isolated",
            "Restored",
            "CredentialChanged",
            "CharterApplied",
            "SessionOpened",
        ),
    ),
    Asked(
        "f",
        "access and changes to critical configuration and backups",
        (
            "CharterApplied",
            "CharterLoaded",
            "CredentialChanged",
            "EvidenceViewed",
            "EvidenceHandled",
            "RecordingKeyChanged",
            "HoldSet",
            "KeepingAgreed",
            "EvidenceErased",
        ),
        "Backups of the node are made by the plant's own tools, which log them.",
    ),
    Asked(
        "g",
        "event logs and logs of security tools",
        ("HostKeyMismatch", "SignInLocked", "InwardRefused", "HeadUnwitnessed", "StampRefused"),
        "Anti-virus and intrusion detection are other tools of the plant; they send to the same collector.",
    ),
    Asked(
        "h",
        "use and performance of resources",
        reason="Figures, not events: the node's `/metrics` and the machine's own monitoring have them.",
    ),
    Asked("i", "physical access", reason="The broker has no doors; the plant's access control logs them."),
    Asked(
        "j",
        "access to and use of network equipment",
        ("SessionOpened", "PassageOpened", "SessionEnded"),
        "Where the equipment is an asset of the charter; other ways to it are not seen from here.",
    ),
    Asked(
        "k",
        "logs that start, stop or pause",
        (
            "LedgerOpened",
            "NodeStarted",
            "SessionInterrupted",
            "HeadUnwitnessed",
            "StampsLate",
            "CollectorLate",
            "NoticeFailed",
        ),
        "A forwarder that stops sends no more heartbeats: its collector sees that.",
    ),
    Asked(
        "l",
        "events of the surroundings",
        reason="Heat, water, power: the building's own systems log them. A plant signal that changes a zone's state is `StateChanged`.",
    ),
)
"""The kinds of log of Commission Implementing Regulation (EU) 2024/2690, annex, point 3.2.3, in our own words."""


def by_category() -> Mapping[Category, tuple[str, ...]]:
    """Every category with the events in it, in the table's order."""
    return {
        category: tuple(name for name, row in ROWS.items() if row.category is category)
        for category in Category
    }
