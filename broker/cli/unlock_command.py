"""``penstock people unlock``: have wrong attempts forgotten before their wait is over."""

import asyncio
from ipaddress import ip_address

import click

from broker.cli.answer import fail, json_option, local_name, node_option, plainly, tell
from broker.cli.enrolling import told
from broker.cli.node_database import known_person, with_database
from broker.clock import SystemClock
from broker.control import GateClient
from broker.layout import Layout
from broker.people.accounts import Accounts
from broker.people.lockouts import PERSON, SOURCE
from domain.errors import PeerError
from domain.events import SignInLockLifted


@click.command(epilog="Example: penstock people unlock milo")
@click.argument("person", required=False)
@click.option("--source", help="Instead of a person: the address whose attempts are held back.")
@node_option
@json_option
@plainly
def unlock(person: str | None, source: str | None, layout: Layout, *, as_json: bool) -> None:
    """Have attempts of PERSON, or from an address, looked at again at every door, now.

    Nothing is proved by it: a password, a code and a key are asked for as ever. Ask first who was guessing.
    """
    if (person is None) == (source is None):
        fail("Name a person, or an address with --source.", "Example: penstock people unlock milo", status=2)
    if person is not None:
        subject = f"{PERSON}{known_person(layout, person)[1]}"
    else:
        subject = f"{SOURCE}{_address(source or '')}"
    clock = SystemClock()
    told(layout, SignInLockLifted(at=clock.now(), subject=subject, by=local_name()))
    with_database(layout, lambda engine: Accounts(engine, clock).lift(subject))
    try:
        asyncio.run(GateClient(layout.gate_socket).lift(subject))
        where = "the console and the gate look"
    except PeerError:
        where = "the console looks (the gate does not run, and forgets by itself)"
    tell({"subject": subject}, [f"{where} at attempts of {subject} again."], as_json=as_json)


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        fail(f"{text!r} is no address.", "Give one as the ledger's leaf names it.", status=2)
