"""Signing that evidence may go, or must stay: drawn up for one person, taken back once, filed as a leaf, then done.

The console files; the gate checks both signatures again before it destroys anything. Who may not sign, or
wants what may not go, is refused with a code, and the ledger is told of that too.
"""

from typing import cast

from approvals.armour import bare
from approvals.keeping import purpose_of_keeping
from approvals.proofs.webauthn import NONCE_BYTES as CHALLENGE_NONCE_BYTES
from broker.console.desk import Desk
from broker.console.guard import Visitor
from broker.console.refusals import RefusalError, not_found
from broker.console.signing import bound_to
from broker.evidence.keeping_desk import KeepingDesk
from domain.canonical import Json
from domain.errors import DecisionError, ProofError
from domain.events import HoldSet, KeepingAgreed, KeepingAsked, KeepingRefused
from domain.keeping import BY_TERM, SUBJECT, Deed, KeepingStatement, SignedKeeping
from domain.proof import SshProof
from domain.said import say


def keeping_of(desk: Desk) -> KeepingDesk:
    """The node's desk for this; 404 where this console has no node."""
    if desk.parts.keeping is None:
        raise not_found()
    return desk.parts.keeping


async def drawn_up(
    desk: Desk, visitor: Visitor, deed: str, subject: str, reason: str, ask: str = ""
) -> KeepingStatement:
    """What this person is to sign; RefusalError, and a leaf, when they may not or it may not be."""
    if not ask and (deed not in set(Deed) or SUBJECT.fullmatch(subject) is None):
        raise RefusalError(
            422, "not_understood", say("Say what is to happen to which session, hold or boundary.")
        )
    wish = Deed(deed) if deed in set(Deed) else Deed.ERASE
    try:
        return await keeping_of(desk).draw_up(visitor.person.id, wish, subject, reason, ask)
    except DecisionError as error:
        if error.code == "not_understood":
            raise RefusalError(422, error.code, error.fact) from error
        raise await _refused(desk, visitor, str(wish), subject or f"ask:{ask[:16]}", error) from error


async def ceremony_for(desk: Desk, visitor: Visitor, statement: KeepingStatement) -> str:
    """The ceremony by which an SSH signature over the statement is taken back."""
    ceremony, _challenge = await desk.ceremonies.begin(
        purpose_of_keeping(statement), _by_key(visitor), suffix=statement.digest()
    )
    return ceremony


async def take_ssh(desk: Desk, visitor: Visitor, ceremony: str, statement: Json, armoured: str) -> None:
    """File what an SSH key signed; RefusalError when it does not count."""
    said = statement_of(statement)
    challenge = await desk.ceremonies.take(ceremony, purpose_of_keeping(said), _by_key(visitor))
    if challenge is None or challenge[CHALLENGE_NONCE_BYTES:] != said.digest():
        raise RefusalError(
            409, "stale_challenge", say("This signature is too old, or was sent before."), say("Sign again.")
        )
    try:
        proof = SshProof(said.message(), bare(armoured))
    except ProofError as error:
        raise RefusalError(403, error.code, error.fact, error.remedy) from error
    await file(desk, visitor, SignedKeeping(said, proof))


async def file(desk: Desk, visitor: Visitor, signed: SignedKeeping) -> None:
    """File a signed statement, and have done what the second person's signature lets be done."""
    statement, now = signed.statement, desk.parts.clock.now()
    if statement.by != visitor.person.id:
        raise RefusalError(403, "wrong_person", say("What was signed is another person's word."))
    try:
        kept = await keeping_of(desk).take(signed)
    except ProofError as error:
        raise RefusalError(403, error.code, error.fact, error.remedy) from error
    except DecisionError as error:
        raise await _refused(desk, visitor, str(statement.deed), statement.subject, error) from error
    digest, session = statement.digest().hex(), session_in(statement)
    if statement.deed is Deed.HOLD:
        await desk.parts.ledger.append(
            HoldSet(
                at=now,
                hold=digest,
                scope=statement.subject,
                session=session,
                by=statement.by,
                reason=statement.reason,
                signed=signed.text(),
            )
        )
    elif not statement.answers:
        await desk.parts.ledger.append(
            KeepingAsked(
                at=now,
                ask=digest,
                deed=str(statement.deed),
                subject=statement.subject,
                session=session,
                by=statement.by,
                reason=statement.reason,
                signed=signed.text(),
            )
        )
    else:
        await desk.parts.ledger.append(
            KeepingAgreed(
                at=now,
                ask=statement.answers,
                deed=str(statement.deed),
                subject=statement.subject,
                session=session,
                asked_by=kept.asks[statement.answers].wish.by,
                by=statement.by,
                reason=statement.reason,
                term=statement.term,
                charter=statement.charter,
                signed=signed.text(),
            )
        )
        if statement.deed in BY_TERM:
            await _erase(desk, statement.answers)


async def _erase(desk: Desk, ask: str) -> None:
    if desk.parts.erase is None:
        raise not_found()
    try:
        await desk.parts.erase(ask)
    except DecisionError as error:
        raise RefusalError(409, error.code, error.fact, error.remedy) from error


def statement_of(document: object) -> KeepingStatement:
    """The statement that came back; RefusalError 422 for anything else."""
    try:
        return KeepingStatement.of(cast("Json", document))
    except ProofError as error:
        raise RefusalError(422, error.code, error.fact, say("Look at the page again.")) from error


def session_in(statement: KeepingStatement) -> str:
    """The session that it is about, for the leaf; empty for a hold on something wider."""
    return statement.name if statement.subject.startswith("session:") else ""


async def _refused(
    desk: Desk, visitor: Visitor, deed: str, subject: str, error: DecisionError
) -> RefusalError:
    kind, _, name = subject.partition(":")
    await desk.parts.ledger.append(
        KeepingRefused(
            at=desk.parts.clock.now(),
            deed=deed,
            subject=subject,
            session=name if kind == "session" and error.code != "no_such_session" else "",
            by=visitor.person.id,
            code=error.code,
            sentence=error.fact,
        )
    )
    return RefusalError(403, error.code, error.fact, error.remedy)


def _by_key(visitor: Visitor) -> str:
    # Not the passkey's: one statement may be signed either way, and neither answer can use up the other's challenge.
    return f"ssh:{bound_to(visitor)}"
