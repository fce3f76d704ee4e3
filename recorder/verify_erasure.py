"""What was erased of a session, and whether two persons and a term of the charter let it go. Pure.

A tombstone (``EvidenceErased``) stands on two signed statements: the first in ``KeepingAsked``, the second in
``KeepingAgreed``. Both carry the statement and its proof, so nothing else is needed but whose keys counted.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from domain.canonical import Json, instant_of, instant_text, text_in
from domain.errors import EvidenceError, ProofError
from domain.keeping import NAMESPACE, Deed, SignedKeeping
from domain.proof import PasskeyProof, SshProof
from recorder.passkey import check_assertion
from recorder.snapshots import TrustSnapshot
from recorder.ssh_signature import check_signature

Event = Mapping[str, Json]

ASKED, AGREED, ERASED = "KeepingAsked", "KeepingAgreed", "EvidenceErased"


def erased(events: Sequence[Event], session: str) -> tuple[Event, ...]:
    """The session's tombstones, in the ledger's order."""
    return tuple(one for one in events if one.get("event") == ERASED and one.get("session") == session)


def check_erasure(
    events: Sequence[Event],
    session: str,
    ended: Event,
    trusts: Sequence[TrustSnapshot],
    *,
    key_enclosed: bool,
) -> str:
    """What was erased, when, by whom and by which term. EvidenceError when a tombstone does not stand.

    ``events`` are all that are enclosed, in the ledger's order.
    """
    sentences = []
    for tomb in erased(events, session):
        before = events[: next(at for at, one in enumerate(events) if one is tomb)]
        sentences.append(_check(tomb, before, session, ended, trusts))
    if sentences and key_enclosed:
        raise EvidenceError(
            "A tombstone says that the recording's key was destroyed, and it is enclosed.", code="erasure_key"
        )
    return " ".join(sentences)


def _check(
    tomb: Event, before: Sequence[Event], session: str, ended: Event, trusts: Sequence[TrustSnapshot]
) -> str:
    ask = text_in(tomb, "ask")
    first, second = (_signed(name, ask, before) for name in (ASKED, AGREED))
    one, two = first.statement, second.statement
    if one.digest().hex() != ask or two.answers != ask or one.answers or one.wants() != two.wants():
        raise EvidenceError("The two persons did not sign the same.", code="erasure_differs")
    if one.by == two.by:
        raise EvidenceError(f"Only one person signed this: {one.by}, twice.", code="erasure_one_person")
    deed = text_in(tomb, "deed")
    if (one.deed, one.subject) != (deed, f"session:{session}"):
        raise EvidenceError("What was signed is about something else.", code="erasure_differs")
    if text_in(tomb, "recording_sha256") != text_in(ended, "recording_sha256"):
        raise EvidenceError("The tombstone is another recording's.", code="erasure_differs")
    if one.ended_at is None or instant_text(one.ended_at) != ended.get("at"):
        raise EvidenceError(
            "What was signed counts from another end than the session's.", code="erasure_differs"
        )
    may_go = _may_go(one.ended_at, one.minimum_days)
    if not may_go <= one.at <= two.at <= _at(tomb):
        raise EvidenceError(
            f"By the term '{one.term}' it had to stay until {instant_text(may_go)}.", code="erasure_early"
        )
    for signed in (first, second):
        _check_proof(signed, trusts)
    what = "The contents were erased" if deed == Deed.ERASE else "The recording was removed"
    copies = tomb.get("elsewhere")
    more = f" Copies elsewhere: {'; '.join(map(str, copies))}." if isinstance(copies, list) and copies else ""
    return (
        f"{what} at {tomb['at']}, asked for by {one.by} and agreed to by {two.by}, by the term '{one.term}'"
        f" ({one.minimum_days} days) of the charter {one.charter}: {one.reason}.{more}"
    )


def _signed(name: str, ask: str, before: Sequence[Event]) -> SignedKeeping:
    found = [one for one in before if one.get("event") == name and one.get("ask") == ask]
    if len(found) != 1:
        raise EvidenceError(
            f"There must be one {name} before the tombstone; {len(found)} are here.", code="erasure_alone"
        )
    try:
        signed = SignedKeeping.of_text(text_in(found[0], "signed"))
    except ProofError as error:
        raise EvidenceError(error.fact, code="erasure_differs") from error
    if found[0].get("by") != signed.statement.by:
        raise EvidenceError(f"{name} names another person than signed it.", code="erasure_differs")
    return signed


def _check_proof(signed: SignedKeeping, trusts: Sequence[TrustSnapshot]) -> None:
    """Raise unless the statement's own trust file is enclosed, and its person's key there signed it."""
    statement, proof = signed.statement, signed.proof
    trust = next((one for one in trusts if one.digest == statement.trust), None)
    if trust is None:
        raise EvidenceError(
            f"Whose keys counted when {statement.by} signed is not enclosed.", code="erasure_trust"
        )
    match proof:
        case PasskeyProof():
            key = trust.key(statement.by, proof.credential_id)
            if key is None:
                raise EvidenceError(
                    f"The plant did not trust {statement.by}'s passkey.", code="erasure_unsigned"
                )
            check_assertion(proof, statement.digest(), key, trust.rp_id, trust.origins)
        case SshProof():
            if proof.message != statement.message():
                raise EvidenceError("The SSH key signed something else.", code="erasure_unsigned")
            check_signature(proof, statement.by, NAMESPACE, trust.signers)


def _may_go(ended_at: datetime, minimum_days: int) -> datetime:
    """When the term is over; the end of all reckoning where it is longer than that."""
    try:
        return ended_at + timedelta(days=minimum_days)
    except OverflowError:
        return datetime.max.replace(tzinfo=ended_at.tzinfo)


def _at(event: Event) -> datetime:
    try:
        return instant_of(text_in(event, "at"))
    except ValueError as error:
        raise EvidenceError("The tombstone has no instant.", code="erasure_differs") from error
