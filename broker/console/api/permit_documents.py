"""A permit as the API takes and gives it."""

from typing import Annotated

from pydantic import BaseModel, Field

from approvals.filed import Filed
from broker.console.api.documents import (
    At,
    Code,
    InstantText,
    Line,
    Reason,
    ReasonDocument,
    Sha256,
    Strict,
    Token,
    Word,
)
from broker.console.api.paging import Part
from broker.console.permits.ladder import Called
from broker.console.permits.sheet import Sheet
from domain.access import FILES, GRANTABLE, Action, ConnectionMethod, PassageKind
from domain.canonical import instant_text
from domain.dispute import Dispute
from domain.limits import EXAMPLE
from domain.permit import LONGEST_LIMIT, MOST_LIMITS, PermitState
from domain.plant import OperatingState
from domain.proof import ProofKind
from domain.rights import DecisionRight

_ALONE = "|".join(sorted(GRANTABLE - FILES - {PassageKind.FORWARD}))
_FILES = "|".join(sorted(FILES))
GrantText = Annotated[
    str,
    Field(
        pattern=rf"^({_ALONE}|({_FILES})(:(get|put))?|forward(:[1-9][0-9]{{0,4}})?)$",
        examples=["shell", "sftp:get", "forward:502"],
    ),
]
Right = Annotated[DecisionRight, Field(strict=False)]
"""Lax, for JSON has no enumerations: the text of one is taken."""


class Wish(Strict):
    """A request for a permit."""

    asset: Word
    conduit: Word | None = None
    """Needed only where several lead there."""
    grants: list[GrantText] = Field(min_length=1, max_length=32)
    actions: list[Annotated[Action, Field(strict=False)]] = Field(min_length=1, max_length=4)
    states: list[Annotated[OperatingState, Field(strict=False)]] | None = Field(
        default=None, min_length=1, max_length=7
    )
    """The operating states in which it shall hold; left out, all in which the conduit is open."""
    limits: list[Annotated[str, Field(max_length=LONGEST_LIMIT, examples=[EXAMPLE])]] = Field(
        default=[], max_length=MOST_LIMITS
    )
    """Within which limits; over a protocol for which none is named, those of the conduit."""
    start: InstantText
    end: InstantText
    """Not inside the window."""
    purpose: Reason
    work_order: Line = ""
    back_out: Line = ""
    failure: Line = ""
    tools: list[Word] = Field(default=[], max_length=32)
    """Ids from the charter; all that the vendor may choose when left out."""
    method: Annotated[ConnectionMethod, Field(strict=False)] = ConnectionMethod.SSH
    """Whether the vendor's own programs connect, or the console for their browser."""


class Smaller(Strict):
    """What a holder leaves of a wish; what is left out stays as it was asked for."""

    start: InstantText | None = None
    end: InstantText | None = None
    grants: list[GrantText] | None = Field(default=None, min_length=1, max_length=32)


class ApprovalByCode(Strict):
    """A yes by one-time code, where the conduit accepts one. A passkey needs the console's page."""

    right: Right
    code: Code
    digest: Sha256
    """The permit's SHA-256 in hex, as read: what is approved must be what was read."""
    reason: Line = ""
    """Needed under ``incident_lead``, by which the glass is broken, and of an arbiter."""


class ToBeSigned(Strict):
    """Which decision the caller will sign with their SSH key."""

    right: Right
    refuse: bool = False
    """Whether a no is wanted: the caller then signs it with their reason in it."""


class BundleDocument(BaseModel):
    """What is to be signed, as one file: ``approvals/BUNDLE.md`` says its form."""

    bundle: str


class AnswerDocument(Strict):
    """What was signed, as one file of the form that ``approvals/BUNDLE.md`` says."""

    answer: str = Field(min_length=1, max_length=49_152)


class ApprovalDocument(BaseModel):
    """One person's yes, without its proof."""

    right: DecisionRight
    approver: str
    kind: ProofKind
    at: At


class StepDocument(BaseModel):
    """One step of its life. ``by`` is a person, or ``clock`` for what time did."""

    before: PermitState
    after: PermitState
    by: str
    reason: str
    at: At


class CallDocument(BaseModel):
    """One person on the ladder: from ``at`` on they are called; ``contact`` works without a network."""

    level: str
    person: str | None
    contact: str
    at: At
    called: bool


class DeciderDocument(BaseModel):
    """Who may say yes under one right that it needs. ``given``: enough of them have."""

    right: DecisionRight
    holders: list[str]
    deputy: str | None
    quorum: int
    given: bool


class PositionDocument(BaseModel):
    """What one person said in a dispute, under which right and why."""

    person: str
    right: DecisionRight
    agrees: bool
    reason: str


class DisputeDocument(BaseModel):
    """A dispute: its arbiter settles it before ``until``, or the permit is refused."""

    right: DecisionRight
    arbiter: str
    until: At
    open: bool
    positions: list[PositionDocument]


class YoursDocument(BaseModel):
    """What the caller may do about it now."""

    rights: list[DecisionRight]
    """Under which their yes would bring it nearer to its approval."""
    settles: bool
    """Whether they are the arbiter of the dispute that it is in."""
    may_break_glass: bool
    may_revoke: bool
    proofs: list[ProofKind]
    """The kinds of proof of theirs that the conduit takes by this API."""


class PermitDocument(BaseModel):
    """A permit; ``permit`` is the signed document itself, ``digest`` its SHA-256 in hex."""

    id: Token
    state: PermitState
    standing: str
    """The same in a sentence, with names and clocks."""
    digest: Sha256
    filed_at: At
    operating_state: OperatingState | None
    """What its zone is doing now; null where nobody has said."""
    waiting_for: list[str]
    refused_now: list[ReasonDocument]
    """What the charter says against it today; empty when it says nothing."""
    approvals: list[ApprovalDocument]
    deciders: list[DeciderDocument]
    """Everybody who may decide, while it waits."""
    lapses: At | None
    """When it ends by itself, undecided or unused; null once it was used, or is over."""
    ladder: list[CallDocument]
    """Who is called while it waits, in their order."""
    disputes: list[DisputeDocument]
    history: list[StepDocument]
    yours: YoursDocument
    permit: dict[str, object]


class PermitList(Part):
    """Permits, newest first."""

    permits: list[PermitDocument]


class ShownDocument(BaseModel):
    """What an approver reads: made of the permit's bytes and the charter's names, and nothing else."""

    shown: str
    sha256: Sha256
    """What each approval keeps of it."""
    digest: Sha256
    """The permit's."""


class ProofsDocument(BaseModel):
    """The proofs, for whoever wants to verify them. The case file has them with all that it takes."""

    digest: Sha256
    permit: dict[str, object]
    approvals: list[dict[str, object]]
    """``penstock-approval/1``, as it is signed and kept."""


class KeyDocument(BaseModel):
    """``count`` yeses under ``right``, each of another person in ``able``."""

    right: DecisionRight
    count: int
    able: list[str]


class ExplainedDocument(BaseModel):
    """What the charter would say. Nothing was filed."""

    decision: str = Field(json_schema_extra={"enum": ["needs-approval", "refused"]})
    reasons: list[ReasonDocument]
    keys: list[KeyDocument]
    """Every key that must turn: all of them, not any."""


def permit_document(sheet: Sheet) -> PermitDocument:
    """A permit as the API gives it."""
    permit, filed = sheet.permit, sheet.filed
    signed = permit.document()
    assert isinstance(signed, dict)
    reasons = sheet.refused.reasons if sheet.refused else ()
    return PermitDocument(
        id=permit.id,
        state=filed.state,
        standing=sheet.line,
        digest=permit.digest().hex(),
        filed_at=instant_text(filed.filed_at),
        operating_state=sheet.operating_state,
        waiting_for=list(sheet.waiting_for),
        refused_now=[
            ReasonDocument(code=one.code, sentence=one.sentence, remedy=one.remedy) for one in reasons
        ],
        approvals=[
            ApprovalDocument(right=one.right, approver=one.approver, kind=one.kind, at=instant_text(one.at))
            for one in filed.approvals
        ],
        deciders=[
            DeciderDocument(
                right=one.right,
                holders=list(one.holders),
                deputy=one.deputy,
                quorum=one.quorum,
                given=one.given,
            )
            for one in sheet.deciders
        ],
        lapses=None if sheet.lapses is None else instant_text(sheet.lapses),
        ladder=[_call(one) for one in sheet.ladder],
        disputes=[_dispute(one, filed) for one in filed.disputes],
        history=[
            StepDocument(
                before=one.before, after=one.after, by=one.by, reason=one.reason, at=instant_text(one.at)
            )
            for one in filed.history
        ],
        yours=_yours(sheet),
        permit=signed,
    )


def _yours(sheet: Sheet) -> YoursDocument:
    proofs = {ProofKind.TOTP: sheet.code_accepted, ProofKind.SSHSIG: sheet.ssh_accepted}
    return YoursDocument(
        rights=list(sheet.rights),
        settles=sheet.settles,
        may_break_glass=sheet.glass,
        may_revoke=sheet.may_revoke,
        proofs=[kind for kind, taken in proofs.items() if taken],
    )


def _call(one: Called) -> CallDocument:
    return CallDocument(
        level=one.level, person=one.person, contact=one.contact, at=instant_text(one.at), called=one.reached
    )


def _dispute(one: Dispute, filed: Filed) -> DisputeDocument:
    return DisputeDocument(
        right=one.right,
        arbiter=one.arbiter,
        until=instant_text(one.until),
        open=one == filed.dispute,
        positions=[
            PositionDocument(person=each.person, right=each.right, agrees=each.agrees, reason=each.reason)
            for each in one.positions
        ],
    )
