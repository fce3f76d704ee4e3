"""Before a key counts as somebody's: the yes of whoever holds ``identity``, and a leaf that says so."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NoReturn, ParamSpec, TypeVar

import click

from approvals.enrolment import NAMESPACE, Enrolment
from approvals.trust import Trust
from broker.charter.trust_files import TrustFiles
from broker.cli.answer import fail, local_name, secret_from_stdin
from broker.cli.signing import signed_by_tool
from broker.clock import SystemClock
from broker.control import GateClient
from broker.exit_status import REFUSED
from broker.layout import Layout
from broker.ledger import append_now
from broker.settings import read_settings
from broker.watchdog.interlock_file import journal_beside
from broker.watchdog.journal import Journal
from domain.errors import EvidenceError, PenstockError
from domain.events import Event, KeyEnrolled
from domain.ids import PersonId
from policies.charter.charter import Charter
from policies.enrolment import enrollers

P = ParamSpec("P")
R = TypeVar("R")

FOUNDING = "founding"
CODES = "one-time code"


@dataclass(frozen=True, slots=True)
class Decided:
    """Whose yes stands behind a key: a person's under ``identity``, or the founding of the node."""

    by: str
    statement: str = ""
    """SHA-256, in hex, of the decision; empty at the founding."""


def deciding_options(command: Callable[P, R]) -> Callable[P, R]:
    """``--as`` and ``--sign``: who decides, and with what they say so."""
    signing = click.option(
        "--sign",
        "signing",
        type=click.Path(path_type=Path),
        help="They sign with this SSH key; else their one-time code is asked for.",
    )
    person = click.option("--as", "decider", default="", help="Who decides, under the right `identity`.")
    return person(signing(command))


def decided(
    layout: Layout, charter: Charter, person: PersonId, key: str, decider: str, signing: Path | None
) -> Decided:
    """The decision that ``key`` counts as ``person``'s, verified; ends the command when there is none.

    At the founding nobody who holds ``identity`` can say yes yet: until one of them has a key or a code of
    their own, whoever sits at the node enrols, and the ledger says so.
    """
    at = SystemClock().now()
    able = enrollers(charter, person, at)
    trust = TrustFiles(layout, with_codes=True)()
    if not decider and not any(_can_say(trust, one) for one in able):
        return Decided(FOUNDING)
    if not able:
        _no(
            "no_enroller",
            f"Nobody but {person} holds the right identity there.",
            "Have the charter name a deputy.",
        )
    if decider not in able:
        _no(
            "not_enroller",
            f"{decider or 'Nobody'} can't decide that a key counts as {person}'s."
            if decider != person
            else "Nobody decides on a key of their own.",
            f"With --as: {', '.join(able)}.",
        )
    settings = read_settings(layout)
    said = Enrolment(settings.ledger.origin, person, key, PersonId(decider), at, secrets.token_bytes(16))
    click.echo(said.sentence(), err=True)
    if signing is not None:
        _signed(said, signing, trust)
    else:
        code = secret_from_stdin(f"One-time code of {decider}")
        if asyncio.run(GateClient(layout.gate_socket).check(said.by, code, said.purpose())) is None:
            _no("wrong_code", "This code is wrong, was used, or is too old.", "Wait for the next one.")
    return Decided(decider, said.digest().hex())


def enrolled(
    person: PersonId, key: str, trust: Trust, at: datetime, yes: Decided | None, *, removed: bool = False
) -> KeyEnrolled:
    """The leaf that goes ahead of the trust file."""
    return KeyEnrolled(
        at=at,
        person=person,
        fingerprint=key,
        by=local_name(),
        trust=trust.digest().hex(),
        removed=removed,
        decided_by="" if yes is None else yes.by,
        decision="" if yes is None else yes.statement,
    )


def told(layout: Layout, event: Event) -> None:
    """Have the ledger know; before the node first runs, the watchdog hands it on when it does."""
    try:
        append_now(layout.signer_socket, event)
    except EvidenceError:
        Journal(journal_beside(layout.interlocks)).add(event)


def _can_say(trust: Trust, person: PersonId) -> bool:
    return bool(person in trust.codes or trust.signing_keys.get(person))


def _signed(said: Enrolment, key: Path, trust: Trust) -> None:
    from approvals.proofs.sshsig import check  # noqa: PLC0415 (heavy, and only for who signs)

    armoured = signed_by_tool(key, said.message(), NAMESPACE)
    try:
        check(armoured, said.message(), NAMESPACE, trust.signing_keys.get(said.by, ()))
    except PenstockError as error:
        _no(getattr(error, "code", "not_signed"), error.fact, error.remedy)


def _no(code: str, fact: str, remedy: str) -> NoReturn:
    fail(f"refused [{code}]: {fact}", remedy, status=REFUSED)
