"""What holders had attested, from a case file: which statements count, and what the charter says with them.

A line counts when the ledger told of that statement before the session, by that person, and its proof is by a
passkey that the plant trusted as theirs. A one-time code signs nothing: there, the ledger's word stands alone.
A line that does not hold was not made, and what stood on it falls.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from domain.attestation import Statement, of_delegation, of_right
from domain.canonical import Json, canonical, instant_text, parse
from domain.errors import EvidenceError, PenstockError, ProofError
from domain.inheritance import delegated_in_force, heirs_of, in_force
from domain.permit import Permit
from domain.proof import PasskeyProof, Proof, TotpProof, proof_document, proof_from
from domain.template import is_about_template
from recorder.passkey import check_assertion
from recorder.snapshots import CharterSnapshot, TrustSnapshot

Event = Mapping[str, Json]

LEAF = "RightAttested"


@dataclass(frozen=True, slots=True)
class Attested:
    """One line of the plant's file: a statement, and the proof that its person made it."""

    statement: Statement
    proof: Proof

    def line(self) -> bytes:
        """The line, without its end."""
        return canonical({"statement": self.statement.document(), "proof": proof_document(self.proof)})

    @staticmethod
    def of_line(line: bytes) -> "Attested":
        """The statement and proof in a line, without its end; EvidenceError or ProofError for any other bytes."""
        try:
            document = parse(line)
        except PenstockError as error:
            raise EvidenceError(f"This is no attestation: {error.fact}") from error
        if not isinstance(document, Mapping) or document.keys() != {"statement", "proof"}:
            raise EvidenceError("This is no attestation: it is a statement and a proof.")
        found = Attested(Statement.of(document["statement"]), proof_from(document["proof"]))
        if found.line() != line:
            raise EvidenceError("An attestation is written in another form.")
        return found


def subjects(charter: CharterSnapshot, permit: Permit) -> frozenset[str]:
    """Everything that could be attested and that ``permit`` could stand on: rights over its way, and delegations."""
    way = charter.way(permit)
    rights = {of_right(one.right, one.boundary) for one in charter.holdings if one.boundary in way}
    return frozenset(rights | {of_delegation(one) for one in charter.delegations if one.boundary in way})


def needs_attesting(charter: CharterSnapshot, permit: Permit) -> bool:
    """Whether anything that ``permit`` could stand on counts for less as long as nobody attests it."""
    way = charter.way(permit)
    inherited = [one for one in charter.holdings if one.boundary in way and heirs_of(one, charter.holdings)]
    return bool(inherited) or any(one.boundary in way for one in charter.delegations)


def attested_in(data: bytes) -> Iterator[Attested]:
    """What can be read of the plant's file; a torn line, or one of another form, is none."""
    for line in data.split(b"\n"):
        with suppress(PenstockError):
            yield Attested.of_line(line)


def lines_about(data: bytes, wanted: frozenset[str]) -> Iterator[bytes]:
    """The lines of the plant's file that are about ``wanted``."""
    for one in attested_in(data):
        if one.statement.subject in wanted:
            yield one.line()


def attested(charter: CharterSnapshot, statements: Sequence[Statement]) -> CharterSnapshot:
    """The charter as it counted once ``statements`` were made."""
    return replace(
        charter,
        holdings=in_force(charter.holdings, statements),
        delegations=delegated_in_force(charter.delegations, statements),
    )


def check_attestations(
    lines: Sequence[bytes],
    before: Sequence[Event],
    trust: TrustSnapshot,
    note: Callable[[str], None],
) -> tuple[tuple[Statement, ...], tuple[str, ...]]:
    """The statements that hold, and for each line that does not, why. ``before`` are the events ahead of the session."""
    told = {str(one.get("statement")): one for one in before if one.get("event") == LEAF}
    found, wrong = [], []
    for number, line in enumerate(lines, 1):
        try:
            one = Attested.of_line(line)
            _check(one, told.get(one.statement.digest().hex()), trust)
        except PenstockError as error:
            wrong.append(f"line {number}: {error.fact}")
            continue
        found.append(one.statement)
        if isinstance(one.proof, TotpProof):
            note(
                f"{one.statement.person} attested {one.statement.subject} with a one-time code, which signs nothing:"
                " that it was spent on this statement is the gate's word, in the ledger."
            )
    return tuple(found), tuple(wrong)


def _check(one: Attested, leaf: Event | None, trust: TrustSnapshot) -> None:
    statement = one.statement
    if leaf is None:
        raise EvidenceError("The ledger tells of no such attestation before the session.")
    said = (leaf.get("person"), leaf.get("subject"), leaf.get("at"))
    if said != (statement.person, statement.subject, instant_text(statement.at)):
        raise EvidenceError("The ledger tells of another attestation.")
    match one.proof:
        case PasskeyProof() as proof:
            if leaf.get("kind") != "passkey":
                raise EvidenceError("The ledger tells of another kind of proof.")
            key = trust.key(statement.person, proof.credential_id)
            if key is None:
                raise ProofError(f"The passkey is not one that the plant trusted as {statement.person}'s.")
            check_assertion(proof, statement.digest(), key, trust.rp_id, trust.origins)
        case TotpProof():
            if is_about_template(statement.subject):
                raise ProofError("A one-time code signs no standing template.")
            if leaf.get("kind") != "totp":
                raise EvidenceError("The ledger tells of another kind of proof.")
        case _:
            raise ProofError("This kind of proof does not stand for an attestation.")
