"""How two persons let a session's contents go, told with the real parts: one by passkey or SSH key each, ninety days on."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

from domain.ids import PersonId
from domain.keeping import NAMESPACE, Deed, KeepingStatement, SignedKeeping
from domain.keeping_events import EvidenceErased, KeepingAgreed, KeepingAsked
from domain.proof import SshProof
from tests.recorder.honest_people import Approver
from tests.recorder.ledger.logs import ORIGIN

TERM, DAYS = "recordings", 90
Told = KeepingAsked | KeepingAgreed | EvidenceErased


def let_go(
    session: str,
    ended_at: datetime,
    recording_sha256: str,
    charter: str,
    trust: str,
    people: tuple[Approver, Approver],
    chance: random.Random,
) -> tuple[Told, ...]:
    """The first asks, the second agrees, and the recording's key is destroyed."""
    may_go = ended_at + timedelta(days=DAYS)
    one = KeepingStatement(
        node=ORIGIN,
        deed=Deed.ERASE,
        subject=f"session:{session}",
        term=TERM,
        minimum_days=DAYS,
        ended_at=ended_at,
        charter=charter,
        reason="its term is over",
        answers="",
        by=PersonId(people[0].person),
        at=may_go + timedelta(hours=chance.randrange(1, 50)),
        trust=trust,
        nonce=chance.randbytes(16),
    )
    two = replace(
        one,
        answers=one.digest().hex(),
        by=PersonId(people[1].person),
        at=one.at + timedelta(minutes=chance.randrange(90)),
        nonce=chance.randbytes(16),
    )
    ask = one.digest().hex()
    shared = {"ask": ask, "deed": "erase", "subject": one.subject, "session": session}
    return (
        KeepingAsked(
            at=one.at, by=one.by, reason=one.reason, signed=signed(one, people[0], chance).text(), **shared
        ),
        KeepingAgreed(
            at=two.at,
            asked_by=one.by,
            by=two.by,
            reason=two.reason,
            term=TERM,
            charter=charter,
            signed=signed(two, people[1], chance).text(),
            **shared,
        ),
        EvidenceErased(
            at=two.at + timedelta(seconds=1),
            ask=ask,
            session=session,
            deed="erase",
            recording_sha256=recording_sha256,
            removed_bytes=0,
            elsewhere=(),
        ),
    )


def signed(statement: KeepingStatement, by: Approver, chance: random.Random) -> SignedKeeping:
    """A statement under its person's own key."""
    if by.ssh is not None:
        message = statement.message()
        return SignedKeeping(statement, SshProof(message, by.ssh.sign(message, NAMESPACE)))
    return SignedKeeping(statement, by.assertion(statement.digest(), chance.randbytes(32)))
