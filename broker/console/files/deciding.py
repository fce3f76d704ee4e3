"""Files on pages and in the API alike: whose business one is, drawing up a release, filing it, and saying no."""

from datetime import timedelta
from typing import cast

from approvals.armour import bare
from approvals.proofs.webauthn import NONCE_BYTES as CHALLENGE_NONCE_BYTES
from approvals.releasing import purpose_of_release
from broker.console.desk import Desk
from broker.console.guard import Visitor
from broker.console.permits.decide import checked_reason
from broker.console.refusals import RefusalError, not_found
from broker.console.roles import Role, holds_over
from broker.console.signing import bound_to
from broker.quarantine.files import KeptFile
from broker.quarantine.release_desk import ReleaseDesk, Standing
from domain.canonical import Json
from domain.errors import ProofError
from domain.events import FileRefused, FileReleased
from domain.file_release import FileStatement, SignedRelease
from domain.ids import AssetId, ConduitId, SessionId
from domain.proof import SshProof
from domain.said import say

MOST_DAYS = 366


def files_of(desk: Desk) -> ReleaseDesk:
    """The node's desk for this; 404 where this console has no node."""
    if desk.parts.files is None:
        raise not_found()
    return desk.parts.files


async def files_for(desk: Desk, visitor: Visitor) -> list[Standing]:
    """Every file that is this visitor's business, the newest first."""
    found = await files_of(desk).every(visitor.person.id)
    return [one for one in found if concerns(desk, visitor, one.kept)]


async def file_for(desk: Desk, visitor: Visitor, file: str) -> Standing:
    """One of them; 404 for any other."""
    stands = await files_of(desk).find(file, visitor.person.id)
    if stands is None or not concerns(desk, visitor, stands.kept):
        raise not_found()
    return stands


def concerns(desk: Desk, visitor: Visitor, kept: KeptFile) -> bool:
    """A vendor's person: what they brought. Of the plant: an auditor all, a holder what is over their boundaries."""
    if visitor.person.vendor is not None:
        return kept.person == visitor.person.id
    if Role.AUDITOR in visitor.roles:
        return True
    where = AssetId(kept.asset), ConduitId(kept.conduit)
    return holds_over(desk.parts.charter(), visitor.person.id, *where, desk.parts.clock.now())


async def drawn_up(
    desk: Desk, visitor: Visitor, file: str, reason: str, days: int, *, any_permit: bool
) -> FileStatement:
    """What this person is to sign; RefusalError or DecisionError when they may not."""
    stands = await file_for(desk, visitor, file)
    if not 1 <= days <= MOST_DAYS:
        raise RefusalError(422, "bad_until", say("A release holds for a year at most, and ends after now."))
    return await files_of(desk).draw_up(
        visitor.person.id,
        stands.kept.id,
        checked_reason(reason),
        desk.parts.clock.now() + timedelta(days=days),
        any_permit=any_permit,
    )


async def ceremony_for(desk: Desk, visitor: Visitor, statement: FileStatement) -> str:
    """The ceremony by which an SSH signature over the statement is taken back."""
    ceremony, _challenge = await desk.ceremonies.begin(
        purpose_of_release(statement), _by_key(visitor), suffix=statement.digest()
    )
    return ceremony


async def take_ssh(desk: Desk, visitor: Visitor, ceremony: str, said: FileStatement, armoured: str) -> None:
    """File what an SSH key signed; RefusalError when it does not count."""
    challenge = await desk.ceremonies.take(ceremony, purpose_of_release(said), _by_key(visitor))
    if challenge is None or challenge[CHALLENGE_NONCE_BYTES:] != said.digest():
        raise RefusalError(
            409, "stale_challenge", say("This signature is too old, or was sent before."), say("Sign again.")
        )
    await file_release(desk, visitor, SignedRelease(said, SshProof(said.message(), bare(armoured))))


async def file_release(desk: Desk, visitor: Visitor, signed: SignedRelease) -> None:
    """Tell the ledger of a signed release that counts. The gate verifies it again each time."""
    said = signed.statement
    if said.by != visitor.person.id:
        raise RefusalError(403, "wrong_person", say("What was signed is another person's word."))
    kept = await files_of(desk).take(signed)
    await desk.parts.ledger.append(
        FileReleased(
            at=desk.parts.clock.now(),
            file=kept.id,
            session=SessionId(kept.session),
            asset=AssetId(kept.asset),
            permit=said.permit,
            sha256=kept.sha256,
            by=said.by,
            right=str(said.right),
            until=said.until,
            reason=said.reason,
            signed=signed.text(),
        )
    )


async def refuse_file(desk: Desk, visitor: Visitor, file: str, reason: str) -> None:
    """File the no, for good."""
    await file_for(desk, visitor, file)
    kept = await files_of(desk).refuse(visitor.person.id, file)
    await desk.parts.ledger.append(
        FileRefused(
            at=desk.parts.clock.now(),
            file=kept.id,
            session=SessionId(kept.session),
            asset=AssetId(kept.asset),
            sha256=kept.sha256,
            by=visitor.person.id,
            reason=checked_reason(reason),
        )
    )


def statement_of(document: object) -> FileStatement:
    """The statement that came back; RefusalError 422 for anything else."""
    try:
        return FileStatement.of(cast("Json", document))
    except ProofError as error:
        raise RefusalError(422, error.code, error.fact, say("Look at the page again.")) from error


def _by_key(visitor: Visitor) -> str:
    # Not the passkey's: one statement may be signed either way, and neither answer can use up the other's challenge.
    return f"ssh:{bound_to(visitor)}"
