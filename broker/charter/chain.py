"""From the first version to the one in force: each step verified anew, by those who could agree to it then.

Believed are the trust file, or the past version of it that a step names, and the ledger. A version that
the ledger does not hold is not in force yet; one that the ledger holds and the disk does not is missing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from approvals.proofs import sshsig, webauthn
from approvals.trust import Trust, read_trust
from broker.charter import store
from broker.charter.trust_files import past_versions
from broker.layout import Layout
from domain.canonical import text_in
from domain.errors import ConfigError, ProofError
from domain.events import CharterApplied
from domain.ids import PersonId
from domain.proof import PasskeyProof, proof_from
from policies.charter.application import NAMESPACE, Application, Proposal, Signature
from policies.charter.change import Effect
from policies.charter.charter import Charter
from policies.charter.consent import needs, relaxes, summary, unmet
from policies.charter.continuity import breaches
from recorder.ledger.reader import LogReader

SIGNED_WITHIN = timedelta(days=30)
"""How long a proposal may wait for its signatures: the plant that it was weighed for changes too."""

APPLIED = "CharterApplied"
MOST_TOLD, LONGEST_TOLD = 100, 300
"""Sentences in the leaf, and characters in each: the whole is in the two versions, which it names."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version whose signatures verified, and its charter."""

    application: Application
    charter: Charter


def signer_of(signature: Signature, proposal: Proposal, trust: Trust) -> PersonId:
    """The person who signed; ProofError when the signature is not theirs, or is over something else."""
    person = signature.person
    match signature.kind:
        case "sshsig":
            keys = trust.signing_keys.get(person, ())
            sshsig.check(text_in(signature.proof, "signature"), proposal.canonical(), NAMESPACE, keys)
        case "passkey":
            proof = passkey_of(signature)
            webauthn.check(proof, proof.nonce + proposal.digest(), person, trust)
        case kind:
            raise ProofError(f"A charter is not signed by {kind}.", code="kind_not_accepted")
    return person


def passkey_of(signature: Signature) -> PasskeyProof:
    """The assertion in a signature; ProofError when there is none, or its nonce is short."""
    proof = proof_from({"kind": "passkey", "fields": signature.proof})
    if not isinstance(proof, PasskeyProof):
        raise ProofError("This is no passkey's signature.", code="malformed_assertion")
    if len(proof.nonce) != webauthn.NONCE_BYTES:
        raise ProofError("The signature's nonce is short.", code="wrong_nonce")
    return proof


def verify_step(
    before: Charter | None, after: Charter, application: Application, trust: Trust, where: str
) -> None:
    """ConfigError unless everybody whose yes the step needed signed exactly it, in time, and what has begun stays."""
    proposal = application.proposal
    previous = b"" if before is None else before.digest
    if proposal.charter != after.digest or proposal.previous != previous:
        raise _refused("It does not follow on the version before it.", where)
    if not proposal.at <= application.at <= proposal.at + SIGNED_WITHIN:
        raise _refused("It was applied before it was proposed, or long after.", where)
    if before is not None and (broken := breaches(before, after, application.at)):
        raise _refused(broken[0].fact, where)
    if relaxes(before, after) and not proposal.impact:
        raise _refused("It relaxes a boundary, and its signers were not shown what it would change.", where)
    try:
        signers = {signer_of(one, proposal, trust) for one in application.signatures}
    except ProofError as error:
        raise _refused(error.fact, where) from error
    if open_needs := unmet(needs(before, after, application.at), signers):
        raise _refused(f"It {open_needs[0].sentence()}.", where)


def trusts(layout: Layout, now: Callable[[], Trust]) -> Callable[[str], Trust]:
    """Finds a version of the trust file by its digest in hex; ConfigError when it is not kept."""

    def named(digest: str) -> Trust:
        current = now()
        if current.digest().hex() == digest:
            return current
        for data in past_versions(layout):
            past = read_trust(data)
            if past.digest().hex() == digest:
                return past
        raise ConfigError(
            "The trust file that a charter was signed against is not kept.",
            file=str(layout.past_trust),
            remedy=store.RESTORE,
        )

    return named


def follow(
    layout: Layout, node: str, trust_named: Callable[[str], Trust], after: Version | None, last: int
) -> Version | None:
    """The version numbered ``last``, every step from ``after`` (or from the first) verified; None for 0."""
    version = after
    for number in range(1 if after is None else after.application.proposal.version + 1, last + 1):
        application = store.application(layout, number)
        where = str(layout.applied / f"{number:06d}.json")
        if application.proposal.node != node:
            raise _refused("It was signed for another node.", where)
        charter = store.version(layout, application.proposal.charter)
        trust = trust_named(application.trust)
        verify_step(version.charter if version else None, charter, application, trust, where)
        version = Version(application, charter)
    return version


def newest_leaf(log: LogReader) -> tuple[int, str, int] | None:
    """The newest applied charter that the ledger holds: version, digest of its application, leaf index."""
    for kept in log.find(event=APPLIED, limit=1):
        number = kept.event.get("version")
        if isinstance(number, int):
            return number, str(kept.event.get("application", "")), kept.index
    return None


def leaf_of(before: Charter | None, version: Version) -> CharterApplied:
    """What the ledger is told of a version, by whoever puts it in force: who signed, and what changes."""
    application, proposal = version.application, version.application.proposal
    differences = sorted(summary(before, version.charter), key=lambda one: one.effect is not Effect.RELAXING)
    told = [f"{one.effect}: {one.sentence}" for one in differences]
    signed = {one.person for one in application.signatures}
    return CharterApplied(
        at=application.at,
        version=proposal.version,
        digest=proposal.charter.hex(),
        previous=proposal.previous.hex(),
        reason=proposal.reason,
        by=application.by,
        signers=tuple(
            f"{person}: {one.right or 'any right'} over {one.boundary or 'any boundary'}"
            for one in needs(before, version.charter, application.at)
            for person in one.able
            if person in signed
        )[:MOST_TOLD],
        changes=tuple(one[:LONGEST_TOLD] for one in told[:MOST_TOLD])
        + ((f"and {len(told) - MOST_TOLD} more",) if len(told) > MOST_TOLD else ()),
        application=application.digest().hex(),
        impact=proposal.impact.hex(),
    )


def _refused(fact: str, where: str) -> ConfigError:
    return ConfigError(
        f"This version of the charter is not in force: {fact}",
        file=where,
        remedy="Nothing changes until it is right. Propose it again with `penstock charter apply`.",
    )
