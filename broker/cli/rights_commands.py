"""``penstock rights``: who must attest what they took over, and attesting it without a console."""

import asyncio
import secrets

import click

from approvals.attesting import Attestation, purpose_of, verify_attestation
from broker.charter.attestations import read_attestations, record
from broker.charter.in_force import charter_now
from broker.charter.trust_files import TrustFiles
from broker.cli.answer import fail, json_option, node_option, plainly, secret_from_stdin, table, tell
from broker.clock import SystemClock
from broker.control import GateClient
from broker.layout import Layout
from broker.ledger import append_now
from broker.people.factors import SpentSteps
from domain.attestation import Statement
from domain.errors import PenstockError
from domain.events import RightAttested
from domain.ids import PersonId
from domain.proof import ProofKind, TotpProof
from policies.attestation import Due, due
from policies.charter.charter import Charter
from policies.charter.documents import read_charter

draft_option = click.option(
    "--draft", is_flag=True, help="What the charter's folder says, before it is applied."
)


@click.group()
def rights() -> None:
    """See what holders took over, and attest it."""


@rights.command("due", epilog="Example: penstock rights due --dir /srv/penstock")
@draft_option
@node_option
@json_option
@plainly
def due_command(layout: Layout, *, draft: bool, as_json: bool) -> None:
    """List what somebody took over or delegated and has not attested yet, the most urgent first."""
    charter, waiting = _waiting(layout, draft=draft)
    rows = [
        [
            one.subject,
            charter.people[one.person].name,
            f"{one.since:%Y-%m-%d}",
            f"{one.by:%Y-%m-%d %H:%M} UTC",
        ]
        for one in waiting
    ]
    heads = ["subject", "person", "since", "lapses"]
    found = [
        {"subject": one.subject, "person": one.person, "since": one.since, "lapses": one.by}
        for one in waiting
    ]
    tell({"due": found}, table(rows, heads) if rows else ["Nobody has anything to attest."], as_json=as_json)


@rights.command(epilog="Example: penstock rights attest right:connect@riverside --as milo")
@click.argument("subject")
@click.option("--as", "person", required=True, help="Who attests; their one-time code is asked for.")
@draft_option
@node_option
@json_option
@plainly
def attest(subject: str, person: str, layout: Layout, *, draft: bool, as_json: bool) -> None:
    """Say that PERSON answers for SUBJECT, as `penstock rights due` names it.

    The running gate checks the one-time code; the ledger is told before the statement counts.
    """
    _charter, waiting = _waiting(layout, draft=draft)
    mine = [one.subject for one in waiting if one.person == person]
    if subject not in mine:
        fail(
            f"{person} has nothing to attest under {subject!r}.",
            f"To attest: {', '.join(mine)}." if mine else "See `penstock rights due`.",
            status=2,
        )
    statement = Statement(subject, PersonId(person), SystemClock().now(), secrets.token_bytes(16))
    code = secret_from_stdin("One-time code")
    step = asyncio.run(GateClient(layout.gate_socket).check(statement.person, code, purpose_of(statement)))
    if step is None:
        fail("This code is wrong, was used, or is too old.", "Wait for the next one.")
    attestation = Attestation(statement, TotpProof(step, code))
    trust = TrustFiles(layout, with_codes=False)()
    try:
        verify_attestation(attestation, trust, SpentSteps(layout.spent_steps).spent_on)
    except PenstockError as error:
        fail(error.fact, error.remedy)
    append_now(layout.signer_socket, attested(statement, ProofKind.TOTP))
    record(layout.attestations, attestation)
    tell(
        {"subject": subject, "person": person, "statement": statement.digest().hex()},
        [f"{person} attested {subject}."],
        as_json=as_json,
    )


def attested(statement: Statement, kind: ProofKind) -> RightAttested:
    """The leaf that goes ahead of the statement."""
    return RightAttested(
        at=statement.at,
        person=statement.person,
        subject=statement.subject,
        statement=statement.digest().hex(),
        kind=kind,
    )


def _waiting(layout: Layout, *, draft: bool) -> tuple[Charter, tuple[Due, ...]]:
    charter = read_charter(layout.charter_files()) if draft else charter_now(layout)
    trust = TrustFiles(layout, with_codes=False)()
    said = read_attestations(layout.attestations, trust, SpentSteps(layout.spent_steps).spent_on)
    return charter, due(charter.register, charter.given, charter.inheritances, said, SystemClock().now())
