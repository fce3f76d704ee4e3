"""``penstock vendor``: notice that somebody goes, and what is left to do when they have gone."""

from datetime import datetime, timedelta

import click

from broker.cli.answer import json_option, local_name, node_option, plainly, table, tell
from broker.cli.node_database import known_person
from broker.clock import SystemClock
from broker.departures import Departure, departure
from broker.layout import Layout
from broker.leaving import give_notice
from domain.canonical import Json, instant_text
from domain.ids import PersonId
from domain.parties import LeavingKind
from recorder.ledger.reader import LogReader


@click.group()
def vendor() -> None:
    """Vendors' people who go: take their access, report how fast, list the secrets to change."""


@vendor.command(epilog="Example: penstock vendor notice ana --kind terminated --reason 'left Brightwater'")
@click.argument("person")
@click.option(
    "--kind", type=click.Choice([str(one) for one in LeavingKind]), default="terminated", show_default=True
)
@click.option("--reason", default="", help="Why; kept as evidence.")
@node_option
@json_option
@plainly
def notice(person: str, kind: str, reason: str, layout: Layout, *, as_json: bool) -> None:
    """PERSON needs access no longer.

    Terminated: their live sessions end now and no permit of theirs opens anything. Reassigned: from the
    midnight that ends the next calendar day. Only takes access away: they come back when whoever holds
    `identity` agrees (`penstock restore person:ID`).
    """
    charter, who = known_person(layout, person)
    until = give_notice(
        layout,
        charter,
        who,
        LeavingKind(kind),
        by=local_name(),
        reason=reason or kind,
        at=SystemClock().now(),
    )
    told = f"{person} has no access from {instant_text(until)} on."
    tell({"person": person, "kind": kind, "until": instant_text(until)}, [told], as_json=as_json)


@vendor.command(epilog="Example: penstock vendor report ana --json")
@click.argument("person")
@node_option
@json_option
@plainly
def report(person: str, layout: Layout, *, as_json: bool) -> None:
    """Say from the ledger how PERSON's access ended: when noticed, when the last session closed, how long it took."""
    found = _departure(layout, person)
    elapsed = _milliseconds(found.elapsed)
    lines = [
        f"noticed          {_when(found.noticed)}",
        f"no access from   {_when(found.until)}",
        f"last session end {_when(found.sessions_ended)}",
        f"still live       {', '.join(found.live) or 'none'}",
        f"elapsed          {'not over' if elapsed is None else f'{elapsed / 1000:.3f} s'}",
    ]
    document: dict[str, Json] = {
        "person": person,
        "noticed": _instant(found.noticed),
        "until": _instant(found.until),
        "sessions_ended": _instant(found.sessions_ended),
        "live": list(found.live),
        "elapsed_ms": elapsed,
    }
    tell(document, lines, as_json=as_json)


@vendor.command(epilog="Example: penstock vendor secrets ana")
@click.argument("person")
@node_option
@json_option
@plainly
def secrets(person: str, layout: Layout, *, as_json: bool) -> None:
    """List the vault's credentials that PERSON's sessions used, and until when each must be changed.

    Exit 1 when one is overdue. `penstock vault` changes one; the list then says done.
    """
    now = SystemClock().now()
    rows = [
        [one.asset, _when(one.last_used), _when(one.due), one.standing(now)]
        for one in _departure(layout, person).secrets
    ]
    heads = ["asset", "last used", "change before", "standing"]
    lines = table(rows, heads) if rows else ["Their sessions used none."]
    tell([dict(zip(heads, row, strict=True)) for row in rows], lines, as_json=as_json)
    if any(row[-1] == "overdue" for row in rows):
        raise SystemExit(1)


def _departure(layout: Layout, person: str) -> Departure:
    # Of somebody whom the charter no longer knows too: that is when the question is asked.
    return departure(PersonId(person), (kept.event for kept in LogReader(layout.ledger).events()))


def _when(instant: datetime | None) -> str:
    return "-" if instant is None else instant_text(instant)


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else instant_text(instant)


def _milliseconds(span: timedelta | None) -> int | None:
    return None if span is None else span // timedelta(milliseconds=1)
