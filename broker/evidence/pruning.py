"""What of the ledger's beginning may go, and what of it is still needed: a plan out of the ledger's own leaves.

Bundles of 256 leaves go or stay whole. One stays that holds a leaf of a kind that does not age (charter, holds, what was
deleted, documents, findings, stamps …), of a session whose recording is still kept, or of a permit that a later leaf names.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from domain.canonical import instant_of, text_in
from domain.errors import DecisionError
from domain.events import SessionOpened
from domain.said import say
from recorder.ledger.pruned import MOST_KEPT
from recorder.ledger.reader import Kept, LogReader
from recorder.ledger.tiles import WIDTH

GOES = frozenset(
    [
        "ApprovalRejected",
        "AttendanceChanged",
        "BrowserSignInEnded",
        "BrowserSignInShown",
        "CertificateIssued",
        "CertificateRefused",
        "ClockStepped",
        "CollectorLate",
        "Escalated",
        "EvidenceHandled",
        "EvidenceStored",
        "EvidenceViewed",
        "HeadUnwitnessed",
        "HostKeyMismatch",
        "InwardRefused",
        "FunctionPassed",
        "LedgerKeyAway",
        "NoticeFailed",
        "NoticeSent",
        "PassageOpened",
        "PassageRefused",
        "PermitApproved",
        "PermitChanged",
        "PermitDisputed",
        "PermitRequested",
        "PermitSettled",
        "RefusalSigned",
        "RequestRefused",
        "SessionEnded",
        "SessionHeartbeat",
        "SessionHeld",
        "SessionInterrupted",
        "SessionOpened",
        "SessionPaused",
        "SessionReleased",
        "SessionResumed",
        "SessionUnlocked",
        "SessionReviewed",
        "SessionWatched",
        "SignInFailed",
        "SignedIn",
        "SignedOut",
        "StampRefused",
        "StampsLate",
        "StepDeclared",
        "StepDone",
        "TokenUsed",
    ]
)
"""What ages. Every other kind stays, also one that nobody has looked at yet."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes below leaf ``below``: ``bundles`` of it, while ``kept`` stay. ``newest`` is when the newest leaf of it was."""

    below: int
    kept: tuple[int, ...]
    bundles: int
    newest: datetime


def plan(log: LogReader, below: int, removed: Collection[str]) -> Plan:
    """The plan for ``below``, a leaf that is there, rounded down to whole bundles; ``removed`` are sessions whose recording is gone.

    DecisionError when nothing would go. Not for the event loop: it reads all of the ledger, once.
    """
    below, before = below // WIDTH * WIDTH, log.pruned()
    if below > log.size or below <= (0 if before is None else before.below):
        raise DecisionError(say("Nothing more goes below this leaf."), code="nothing_to_prune")
    needed, named, leaves, newest = _looked(log, below, removed)
    kept = {one.index // WIDTH for one in leaves if _stays(one, needed, named)}
    gone = {number for number in range(below // WIDTH) if before is not None and before.gone(number)}
    going = below // WIDTH - len(kept) - len(gone)
    if going <= 0 or newest is None:
        raise DecisionError(say("All that lies below this leaf is still needed."), code="nothing_to_prune")
    if len(kept) > MOST_KEPT:
        raise DecisionError(
            say("Too much of what lies below this leaf is still needed: {count} pieces.", count=len(kept)),
            code="nothing_to_prune",
            remedy=say("Remove recordings that are due first, or prune less."),
        )
    return Plan(below, tuple(sorted(kept)), going, newest)


def _looked(
    log: LogReader, below: int, removed: Collection[str]
) -> tuple[set[str], set[str], list[Kept], datetime | None]:
    """Sessions that are kept, permits that are still named, the leaves below, and when the newest of these was."""
    needed: set[str] = set()
    named: set[str] = set()
    leaves: list[Kept] = []
    newest: datetime | None = None
    pruned = log.pruned()
    for one in log.events():
        session, permit = text_in(one.event, "session"), text_in(one.event, "permit")
        if one.event.get("event") == SessionOpened.__name__ and session not in removed:
            needed.add(session)
            named.add(permit)
        if one.index >= below:
            named.add(permit)
        elif pruned is None or not pruned.gone(one.index // WIDTH):
            leaves.append(Kept(one.index, _short(one), one.fault))
            if text_in(one.event, "at"):
                at = instant_of(text_in(one.event, "at"))
                newest = at if newest is None else max(newest, at)
    return needed - {""}, named - {""}, leaves, newest


def _short(one: Kept) -> dict[str, str]:
    return {name: text_in(one.event, name) for name in ("event", "session", "permit")}


def _stays(one: Kept, needed: Collection[str], named: Collection[str]) -> bool:
    event = one.event
    if one.fault or event["event"] not in GOES:
        return True
    return event["session"] in needed or event["permit"] in named
