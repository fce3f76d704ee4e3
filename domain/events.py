"""Every fact that can be recorded: a closed union, each with a number that is never reused.

An event is for the auditor and may not be lost; a log line is for the operator and may. Neither is
derived from the other. An event's document is hashed with a salt into a ledger leaf (see
``recorder/ledger/SPEC.md``); it must not hold a secret, and holds payload bytes never.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from typing import ClassVar

from domain.application_events import VendorAnswered as VendorAnswered
from domain.application_events import VendorAsked as VendorAsked
from domain.application_events import VendorInvited as VendorInvited
from domain.assurance_events import DocumentEnded as DocumentEnded
from domain.assurance_events import DocumentTaken as DocumentTaken
from domain.assurance_events import EquivalenceDecided as EquivalenceDecided
from domain.assurance_events import EvidenceCollected as EvidenceCollected
from domain.assurance_events import FindingClosed as FindingClosed
from domain.assurance_events import FindingRaised as FindingRaised
from domain.assurance_events import TriggerNoted as TriggerNoted
from domain.canonical import Json, instant_text
from domain.certificate_events import CertificateIssued as CertificateIssued
from domain.certificate_events import CertificateRefused as CertificateRefused
from domain.charter_events import CharterApplied as CharterApplied
from domain.charter_events import CharterLoaded as CharterLoaded
from domain.check_events import EvidenceChecked as EvidenceChecked
from domain.check_events import EvidenceFaultFound as EvidenceFaultFound
from domain.check_events import EvidenceFaultGone as EvidenceFaultGone
from domain.collector_events import CollectorLate as CollectorLate
from domain.custody_events import EvidenceHandled as EvidenceHandled
from domain.dispute_events import PermitDisputed as PermitDisputed
from domain.dispute_events import PermitSettled as PermitSettled
from domain.escalation_events import Escalated as Escalated
from domain.extraordinary import GlassBroken as GlassBroken
from domain.extraordinary import GlassReviewed as GlassReviewed
from domain.extraordinary import StepDeclared as StepDeclared
from domain.extraordinary import StepDone as StepDone
from domain.hold_events import AttendanceChanged as AttendanceChanged
from domain.hold_events import SessionHeld as SessionHeld
from domain.hold_events import SessionPaused as SessionPaused
from domain.hold_events import SessionReleased as SessionReleased
from domain.hold_events import SessionResumed as SessionResumed
from domain.hold_events import SessionWatched as SessionWatched
from domain.ids import AssetId, PermitId, PersonId
from domain.interlock_events import Isolated as Isolated
from domain.interlock_events import RestoreAgreed as RestoreAgreed
from domain.interlock_events import Restored as Restored
from domain.interlock_events import StateChanged as StateChanged
from domain.keeping_events import EvidenceErased as EvidenceErased
from domain.keeping_events import HoldSet as HoldSet
from domain.keeping_events import KeepingAgreed as KeepingAgreed
from domain.keeping_events import KeepingAsked as KeepingAsked
from domain.keeping_events import KeepingRefused as KeepingRefused
from domain.keeping_events import RecordingKeyChanged as RecordingKeyChanged
from domain.ledger_events import LedgerKeyAway as LedgerKeyAway
from domain.ledger_events import LedgerKeyPlaced as LedgerKeyPlaced
from domain.ledger_events import LedgerPruned as LedgerPruned
from domain.node_events import ClockStepped as ClockStepped
from domain.node_events import GateStoodStill as GateStoodStill
from domain.node_events import HeadUnwitnessed as HeadUnwitnessed
from domain.node_events import LedgerOpened as LedgerOpened
from domain.node_events import NodeStarted as NodeStarted
from domain.notice_events import NoticeChoiceMade as NoticeChoiceMade
from domain.notice_events import NoticeFailed as NoticeFailed
from domain.notice_events import NoticeSent as NoticeSent
from domain.override_events import OverrideBegun as OverrideBegun
from domain.override_events import OverrideEnded as OverrideEnded
from domain.override_events import OverrideReviewed as OverrideReviewed
from domain.proving_events import FunctionConfirmed as FunctionConfirmed
from domain.proving_events import FunctionPassed as FunctionPassed
from domain.proving_events import ProofRefused as ProofRefused
from domain.proving_events import SessionUnlocked as SessionUnlocked
from domain.quarantine_events import FileDelivered as FileDelivered
from domain.quarantine_events import FileErased as FileErased
from domain.quarantine_events import FileMoved as FileMoved
from domain.quarantine_events import FileNotTaken as FileNotTaken
from domain.quarantine_events import FileRefused as FileRefused
from domain.quarantine_events import FileReleased as FileReleased
from domain.quarantine_events import FileScreened as FileScreened
from domain.quarantine_events import FileTakenIn as FileTakenIn
from domain.request_events import PermitRequested as PermitRequested
from domain.request_events import RequestRefused as RequestRefused
from domain.review_events import SessionReviewed as SessionReviewed
from domain.session_events import HostKeyMismatch as HostKeyMismatch
from domain.session_events import InwardRefused as InwardRefused
from domain.session_events import PassageOpened as PassageOpened
from domain.session_events import PassageRefused as PassageRefused
from domain.session_events import SessionEnded as SessionEnded
from domain.session_events import SessionHeartbeat as SessionHeartbeat
from domain.session_events import SessionInterrupted as SessionInterrupted
from domain.session_events import SessionOpened as SessionOpened
from domain.sign_in_events import BrowserSignInEnded as BrowserSignInEnded
from domain.sign_in_events import BrowserSignInShown as BrowserSignInShown
from domain.sign_in_events import SignInLocked as SignInLocked
from domain.sign_in_events import SignInLockLifted as SignInLockLifted
from domain.sign_out_events import SignedOut as SignedOut
from domain.signed_events import RefusalSigned as RefusalSigned
from domain.stamp_events import HeadStamped as HeadStamped
from domain.stamp_events import StampRefused as StampRefused
from domain.stamp_events import StampsLate as StampsLate
from domain.store_events import EvidenceFetched as EvidenceFetched
from domain.store_events import EvidenceRoomAlarmed as EvidenceRoomAlarmed
from domain.store_events import EvidenceRoomRegained as EvidenceRoomRegained
from domain.store_events import EvidenceStored as EvidenceStored
from domain.store_events import RecordingAltered as RecordingAltered
from domain.store_events import StoreProven as StoreProven
from domain.template_events import TemplateEnded as TemplateEnded
from domain.template_events import TemplateUsed as TemplateUsed
from domain.template_events import TemplateWritten as TemplateWritten
from domain.token_events import PasswordSet as PasswordSet
from domain.token_events import TokenEnded as TokenEnded
from domain.token_events import TokenIssued as TokenIssued
from domain.token_events import TokenUsed as TokenUsed


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitApproved:
    """One person said yes under one right. ``approval`` is SHA-256 of the approval's canonical bytes."""

    number: ClassVar[int] = 12
    at: datetime
    permit: PermitId
    digest: str
    right: str
    approver: PersonId
    kind: str
    approval: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitChanged:
    """A permit moved along its life cycle. ``by`` is a person, or ``clock`` for what time did."""

    number: ClassVar[int] = 13
    at: datetime
    permit: PermitId
    before: str
    after: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRejected:
    """A decision was tried and did not count: wrong person, bad proof, replay, lost race."""

    number: ClassVar[int] = 14
    at: datetime
    permit: str
    person: str
    code: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A person proved who they are at a door (``ssh`` or ``console``)."""

    number: ClassVar[int] = 20
    at: datetime
    door: str
    person: PersonId
    source: str
    factors: tuple[str, ...]
    certificate: str = ""
    """The serial number of the certificate that was one of them; empty where none was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInFailed:
    """Somebody did not. ``claimed`` is what they said they were, shortened and escaped."""

    number: ClassVar[int] = 21
    at: datetime
    door: str
    claimed: str
    source: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEnrolled:
    """An approver's key was added to, or removed from, the plant's trust file."""

    number: ClassVar[int] = 22
    at: datetime
    person: PersonId
    fingerprint: str
    by: str
    trust: str
    removed: bool = False
    decided_by: str = ""
    """Who decided it under ``identity``, or ``founding`` while nobody could yet; empty where it was taken away."""
    decision: str = ""
    """SHA-256 of what they signed or spent their code on, in hex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInUnlocked:
    """A person let their own key in from ``source`` without a code, for ``minutes`` from ``at``."""

    number: ClassVar[int] = 23
    at: datetime
    person: PersonId
    source: str
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingNoticed:
    """Somebody said that a vendor's person needs access no longer; they have none from ``until`` on.

    ``by`` is a person (their own company's, or of the plant), ``local:`` and a name at the machine itself,
    or ``clock`` where the instant came that an earlier notice named.
    """

    number: ClassVar[int] = 24
    at: datetime
    person: PersonId
    until: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialChanged:
    """A target credential or pinned host key was set, replaced or removed. Never the secret itself."""

    number: ClassVar[int] = 55
    at: datetime
    asset: AssetId
    kind: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RightAttested:
    """A person signed that they answer for ``subject``: a right that they took over, an exception, a delegation.

    ``statement`` is SHA-256 of the statement's canonical bytes, in hex.
    """

    number: ClassVar[int] = 62
    at: datetime
    person: PersonId
    subject: str
    statement: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceViewed:
    """Somebody looked at, searched, verified, copied or exported evidence."""

    number: ClassVar[int] = 60
    at: datetime
    subject: str
    by: str
    how: str


Event = (
    LedgerOpened
    | NodeStarted
    | PermitRequested
    | RequestRefused
    | PermitApproved
    | PermitChanged
    | ApprovalRejected
    | RefusalSigned
    | PermitDisputed
    | PermitSettled
    | Escalated
    | GlassBroken
    | GlassReviewed
    | SignedIn
    | SignInFailed
    | CertificateIssued
    | CertificateRefused
    | SignInLocked
    | SignInLockLifted
    | BrowserSignInShown
    | BrowserSignInEnded
    | VendorInvited
    | VendorAsked
    | VendorAnswered
    | SignedOut
    | KeyEnrolled
    | TokenIssued
    | TokenEnded
    | TokenUsed
    | PasswordSet
    | SignInUnlocked
    | LeavingNoticed
    | SessionOpened
    | PassageOpened
    | PassageRefused
    | SessionHeartbeat
    | SessionEnded
    | SessionInterrupted
    | SessionHeld
    | SessionReleased
    | SessionUnlocked
    | ProofRefused
    | FunctionConfirmed
    | FunctionPassed
    | SessionPaused
    | SessionResumed
    | SessionWatched
    | StepDeclared
    | StepDone
    | HostKeyMismatch
    | InwardRefused
    | StateChanged
    | Isolated
    | Restored
    | OverrideBegun
    | OverrideEnded
    | OverrideReviewed
    | ClockStepped
    | GateStoodStill
    | CharterLoaded
    | CharterApplied
    | CredentialChanged
    | RestoreAgreed
    | AttendanceChanged
    | RightAttested
    | HeadUnwitnessed
    | HeadStamped
    | StampsLate
    | CollectorLate
    | StampRefused
    | EvidenceViewed
    | EvidenceChecked
    | EvidenceFaultFound
    | EvidenceFaultGone
    | EvidenceHandled
    | SessionReviewed
    | RecordingKeyChanged
    | HoldSet
    | KeepingAsked
    | KeepingAgreed
    | EvidenceErased
    | KeepingRefused
    | NoticeSent
    | NoticeFailed
    | NoticeChoiceMade
    | TemplateWritten
    | TemplateUsed
    | TemplateEnded
    | EvidenceCollected
    | DocumentTaken
    | DocumentEnded
    | TriggerNoted
    | EquivalenceDecided
    | FindingRaised
    | FindingClosed
    | StoreProven
    | EvidenceStored
    | EvidenceRoomAlarmed
    | EvidenceRoomRegained
    | EvidenceFetched
    | RecordingAltered
    | LedgerKeyAway
    | LedgerKeyPlaced
    | LedgerPruned
    | FileTakenIn
    | FileScreened
    | FileReleased
    | FileRefused
    | FileDelivered
    | FileMoved
    | FileErased
    | FileNotTaken
)

ENDS = frozenset({SessionEnded.__name__, SessionInterrupted.__name__})
"""The kinds by which a session is over; each names its recording by ``recording_sha256``."""


def document(event: Event) -> dict[str, Json]:
    """The event as JSON: its name and number, then its fields in their declared order."""
    head: dict[str, Json] = {"event": type(event).__name__, "number": event.number}
    return head | {field.name: _plain(getattr(event, field.name)) for field in fields(event)}


def _plain(value: object) -> Json:
    match value:
        case None | bool() | int():
            return value
        case Enum():
            return str(value.value)
        case str():
            return str(value)
        case datetime():
            return instant_text(value)
        case tuple():
            return [_plain(item) for item in value]
        case _:
            raise TypeError(f"{type(value).__name__} does not belong in an event")
