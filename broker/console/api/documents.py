"""What the API takes and gives, as JSON. The OpenAPI document is made from these."""

from pydantic import BaseModel, ConfigDict, Field

from broker.console.permits.sheet import Sheet
from broker.console.sessions.live import Live
from domain.canonical import instant_text
from domain.permit import LONGEST_TEXT


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Fault(BaseModel):
    """What is wrong in one place."""

    pointer: str
    """In a body a JSON pointer (RFC 6901); elsewhere the parameter's name."""
    says: str


class Problem(BaseModel):
    """RFC 9457 problem details; ``code`` is stable, ``remedy`` says what to do."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    remedy: str
    faults: list[Fault] | None = None


class RefusalCode(BaseModel):
    """One code, and how it is said."""

    code: str
    sentences: list[str]


class RefusalCodes(BaseModel):
    """All codes; one is never reused for something else."""

    refusals: list[RefusalCode]


class Wish(_Strict):
    """A request for a permit. Instants are RFC 3339 with an offset, in whole seconds."""

    asset: str
    conduit: str | None = None
    grants: list[str] = Field(min_length=1, max_length=32, examples=[["shell", "forward:502"]])
    actions: list[str] = Field(min_length=1, max_length=4, examples=[["view"]])
    states: list[str] | None = Field(default=None, min_length=1, max_length=7, examples=[["maintenance"]])
    """The operating states in which it shall hold; left out, all in which the conduit is open."""
    start: str = Field(examples=["2030-01-31T14:00:00+01:00"])
    end: str = Field(examples=["2030-01-31T16:00:00+01:00"])
    purpose: str = Field(min_length=1, max_length=LONGEST_TEXT)
    work_order: str = Field(default="", max_length=LONGEST_TEXT)
    back_out: str = Field(default="", max_length=LONGEST_TEXT)
    failure: str = Field(default="", max_length=LONGEST_TEXT)
    tools: list[str] = Field(default=[], max_length=32)
    """Ids from the charter; all that the vendor may choose when left out."""


class Reasoned(_Strict):
    """Why."""

    reason: str = Field(min_length=1, max_length=LONGEST_TEXT)


class ApprovalByCode(_Strict):
    """A yes by one-time code, where the conduit accepts one. A passkey needs the console's page."""

    right: str = Field(examples=["connect"])
    code: str = Field(min_length=6, max_length=6)
    digest: str = Field(min_length=64, max_length=64)
    """The permit's SHA-256 in hex, as read: what is approved must be what was read."""
    reason: str = Field(default="", max_length=500)
    """Needed under ``incident_lead``, by which the glass is broken, and of an arbiter."""


class ToBeSigned(_Strict):
    """Which decision the caller will sign with their SSH key."""

    right: str = Field(examples=["connect"])
    refuse: bool = False
    """Whether a no is wanted: the caller then signs it with their reason in it."""


class BundleDocument(BaseModel):
    """What is to be signed, as one file: ``approvals/BUNDLE.md`` says its form."""

    bundle: str


class AnswerDocument(_Strict):
    """What was signed, as one file of the form that ``approvals/BUNDLE.md`` says."""

    answer: str = Field(min_length=1, max_length=262_144)


class ReviewOfGlass(_Strict):
    """What somebody who had no part in a use of break-glass found."""

    finding: str = Field(min_length=1, max_length=500)
    code: str = Field(min_length=6, max_length=6)


class Finding(_Strict):
    """What somebody who had no part in a use of break-glass found, and is about to sign."""

    finding: str = Field(min_length=1, max_length=500)


class ReviewToSign(BaseModel):
    """A statement to sign with an SSH key: `statement` as canonical JSON (RFC 8785), in the namespace named here."""

    ceremony: str
    statement: str
    namespace: str


class SignedReviewOfGlass(_Strict):
    """The same statement, byte for byte, and what `ssh-keygen -Y sign` wrote for it."""

    ceremony: str = Field(min_length=1, max_length=64)
    statement: str = Field(min_length=2, max_length=8192)
    signature: str = Field(min_length=1, max_length=16_384)


class Me(BaseModel):
    """Whose token it is, and what the charter makes of them now."""

    person: str
    name: str
    vendor: str | None
    roles: list[str]


class ReasonDocument(BaseModel):
    """One rule's word; ``code`` is stable."""

    code: str
    sentence: str
    remedy: str


class ApprovalDocument(BaseModel):
    """One person's yes. Its proof is in the case file."""

    right: str
    approver: str
    kind: str
    at: str


class CallDocument(BaseModel):
    """One person on the ladder: from ``at`` on they are called; ``contact`` works without a network."""

    level: str
    person: str | None
    contact: str
    at: str
    called: bool


class PositionDocument(BaseModel):
    """What one person said in a dispute, under which right and why."""

    person: str
    right: str
    agrees: bool
    reason: str


class DisputeDocument(BaseModel):
    """A dispute: its arbiter settles it before ``until``, or the permit is refused."""

    right: str
    arbiter: str
    until: str
    open: bool
    positions: list[PositionDocument]


class PermitDocument(BaseModel):
    """A permit; ``permit`` is the signed document itself, ``digest`` its SHA-256 in hex."""

    id: str
    state: str
    standing: str
    digest: str
    waiting_for: list[str]
    refused_now: list[ReasonDocument]
    approvals: list[ApprovalDocument]
    lapses: str | None
    """When it ends by itself, undecided or unused; null once it was used, or is over."""
    ladder: list[CallDocument]
    """Who is called while it waits, in their order."""
    disputes: list[DisputeDocument]
    permit: dict[str, object]


class PermitList(BaseModel):
    """Permits, newest first."""

    permits: list[PermitDocument]


class SessionDocument(BaseModel):
    """A live session, as its gate reports it."""

    session: str
    permit: str
    person: str
    vendor: str
    asset: str
    zone: str
    source: str
    opened_at: str
    deadline: str
    channels: str
    bytes_to_asset: int
    bytes_to_vendor: int
    held: list[str]
    """Why nothing goes towards the asset now: ``state``, ``unattended``, ``paused``; empty while it does."""
    paused_by: str
    """Who paused it; empty when nobody did."""
    may_stop: bool
    may_pause: bool
    may_resume: bool


class SessionList(BaseModel):
    """Live sessions, oldest first."""

    sessions: list[SessionDocument]


class Stopped(BaseModel):
    """The session that was ended."""

    stopped: str


class Held(BaseModel):
    """The session that was paused or resumed."""

    session: str
    paused: bool


class EventDocument(BaseModel):
    """One leaf's event; ``fault`` says why there is none."""

    index: int
    event: dict[str, object] | None
    fault: str


class EventPage(BaseModel):
    """Events from an index on; ask again from ``next`` until it equals ``size``."""

    events: list[EventDocument]
    next: int
    size: int


def permit_document(sheet: Sheet) -> PermitDocument:
    """A permit as the API gives it."""
    permit = sheet.permit
    signed = permit.document()
    assert isinstance(signed, dict)
    reasons = sheet.refused.reasons if sheet.refused else ()
    return PermitDocument(
        id=permit.id,
        state=str(sheet.filed.state),
        standing=sheet.line,
        digest=permit.digest().hex(),
        waiting_for=list(sheet.waiting_for),
        refused_now=[
            ReasonDocument(code=one.code, sentence=one.sentence, remedy=one.remedy) for one in reasons
        ],
        approvals=[
            ApprovalDocument(
                right=str(one.right), approver=one.approver, kind=str(one.kind), at=instant_text(one.at)
            )
            for one in sheet.filed.approvals
        ],
        lapses=None if sheet.lapses is None else instant_text(sheet.lapses),
        ladder=[
            CallDocument(
                level=one.level,
                person=one.person,
                contact=one.contact,
                at=instant_text(one.at),
                called=one.reached,
            )
            for one in sheet.ladder
        ],
        disputes=[
            DisputeDocument(
                right=str(one.right),
                arbiter=one.arbiter,
                until=instant_text(one.until),
                open=one == sheet.filed.dispute,
                positions=[
                    PositionDocument(
                        person=each.person, right=str(each.right), agrees=each.agrees, reason=each.reason
                    )
                    for each in one.positions
                ],
            )
            for one in sheet.filed.disputes
        ],
        permit=signed,
    )


def session_document(live: Live) -> SessionDocument:
    """A live session as the API gives it."""
    return SessionDocument(
        session=live.id,
        permit=live.permit,
        person=live.person,
        vendor=live.vendor,
        asset=live.asset,
        zone=live.zone,
        source=live.source,
        opened_at=instant_text(live.opened_at),
        deadline=instant_text(live.deadline),
        channels=live.channels,
        bytes_to_asset=live.bytes_to_asset,
        bytes_to_vendor=live.bytes_to_vendor,
        held=list(live.held),
        paused_by=live.paused.by if live.paused else "",
        may_stop=live.may_stop,
        may_pause=live.may_pause,
        may_resume=live.may_resume,
    )
