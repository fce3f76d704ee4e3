"""``penstock template``: which standing templates there are, who signed them, and ending one at the node.

They are written and signed on the console's page, because only a passkey signs one.
"""

from functools import partial

import click
from sqlalchemy.ext.asyncio import AsyncEngine

from approvals.service import Approvals
from broker.charter.attestations import AttestedCharter
from broker.charter.in_force import charter_now
from broker.charter.standing_templates import end
from broker.charter.trust_files import TrustFiles
from broker.cli.answer import fail, json_option, local_name, node_option, plainly, table, tell
from broker.cli.node_database import with_database
from broker.clock import SystemClock
from broker.layout import Layout
from broker.ledger import LedgerClient
from broker.people.factors import SpentSteps
from broker.watchdog.interlock_file import InterlockFile
from broker.watchdog.kill_switch import bar
from domain.canonical import Json
from domain.errors import ConfigError
from domain.ids import PermitId, PersonId
from domain.template import Template, signed_by
from policies.charter.charter import Charter
from policies.template import unsigned


@click.group()
def template() -> None:
    """See standing templates, and end one."""


@template.command("list", epilog="Example: penstock template list --dir /srv/penstock")
@node_option
@json_option
@plainly
def list_templates(layout: Layout, *, as_json: bool) -> None:
    """List every standing template, and whether a request inside it needs a confirmation only."""
    charter = _charter(layout)
    found = [_told(layout, charter, one) for one in charter.templates]
    rows = [[str(one["id"]), str(one["title"]), str(one["standing"])] for one in found]
    lines = table(rows, ["id", "title", "standing"]) if rows else ["No template is written down."]
    tell({"templates": found}, lines, as_json=as_json)


@template.command(epilog="Example: penstock template show tvk3…q --json")
@click.argument("name", metavar="ID")
@node_option
@json_option
@plainly
def show(name: str, layout: Layout, *, as_json: bool) -> None:
    """Print one standing template as it was signed, by whom, and what is missing."""
    charter = _charter(layout)
    found = _told(layout, charter, _named(charter, name))
    tell(found, [f"{key:10} {value}" for key, value in found.items()], as_json=as_json)


@template.command("end", epilog="Example: penstock template end ID --reason 'the drive is replaced'")
@click.argument("name", metavar="ID")
@click.option("--reason", required=True, help="Why; kept as evidence.")
@node_option
@json_option
@plainly
def end_template(name: str, reason: str, layout: Layout, *, as_json: bool) -> None:
    """End one for good, and what was opened by it. Works at the node alone: no network, no sign-in."""
    one, by, clock = _named(_charter(layout), name), PersonId(local_name()), SystemClock()

    async def work(engine: AsyncEngine) -> tuple[PermitId, ...]:
        async with LedgerClient(layout.signer_socket) as ledger:
            approvals = Approvals(engine, ledger, clock, _nobody)
            return await end(one, by, reason, approvals, partial(bar, layout), ledger, clock)

    revoked = with_database(layout, work)
    tell(
        {"id": one.id, "ended": True, "revoked": list(revoked)},
        [f"{one.title} is ended; {len(revoked)} permits that were confirmed inside it are revoked."],
        as_json=as_json,
    )


async def _nobody(_what: str, _permit: PermitId) -> None:
    """Who has business with the permit is told by the notices, which follow the ledger."""


def _charter(layout: Layout) -> Charter:
    """The newest charter, with what was signed beside it. It decides nothing here: the gate verifies for itself."""
    trust, spent = TrustFiles(layout, with_codes=False), SpentSteps(layout.spent_steps)
    charter = charter_now(layout)
    return AttestedCharter(lambda: charter, layout.attestations, trust, spent.spent_on, layout.templates)()


def _named(charter: Charter, name: str) -> Template:
    found = next((one for one in charter.templates if one.id == name), None)
    if found is None:
        fail(f"There is no standing template {name!r}.", "See `penstock template list`.", status=2)
    return found


def _told(layout: Layout, charter: Charter, one: Template) -> dict[str, Json]:
    now = SystemClock().now()
    missing = unsigned(charter, one, now)
    if PermitId(one.id) in _ended(layout):
        standing = "ended"
    elif not one.window.contains(now):
        standing = "expired" if now >= one.window.end else "not begun"
    else:
        standing = f"to be signed under {', '.join(missing)}" if missing else "counts"
    return {
        "id": one.id,
        "title": one.title,
        "standing": standing,
        "digest": one.digest(),
        "signed": [
            {"right": str(right), "person": person}
            for right, person in signed_by(one.digest(), charter.statements)
        ],
        "missing": [str(right) for right in missing],
        "template": one.document(),
    }


def _ended(layout: Layout) -> frozenset[PermitId]:
    try:
        return InterlockFile(layout.interlocks).read().revoked
    except ConfigError:  # then the gate lets nobody in either
        return frozenset()
