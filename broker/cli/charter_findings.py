"""``penstock charter findings`` and ``denials``: what the ledger tells of how the charter works in practice."""

from dataclasses import asdict
from datetime import timedelta

import click

from broker.cli.answer import NO, json_option, node_option, plainly, table, tell
from broker.clock import SystemClock
from broker.layout import Layout
from policies.charter.documents import read_charter
from policies.denials import Denied
from policies.denials import denials as counted
from policies.workarounds import workarounds
from recorder.ledger.reader import LogReader


@click.command(epilog="Example: penstock charter findings --dir /srv/penstock")
@node_option
@json_option
@plainly
def findings(layout: Layout, *, as_json: bool) -> None:
    """List the signs of workarounds in the last thirty days, each with who answers for it. Exit 1 when there is one.

    Repeated break-glass, refused here and in over there, one permit after the other, asked again on the day
    of a no.
    """
    charter = read_charter(layout.charter_files())
    events = (kept.event for kept in LogReader(layout.ledger).events())
    found = workarounds(charter, events, SystemClock().now())
    tell(
        {"findings": [asdict(one) for one in found]},
        [
            *(
                f"[{one.code}] {one.sentence} Owner: {one.owner}. Last {one.last:%Y-%m-%d %H:%M} UTC."
                for one in found
            ),
            f"{len(found)} findings." if found else "No sign of a workaround in thirty days.",
        ],
        as_json=as_json,
    )
    if found:
        raise SystemExit(NO)


@click.command(epilog="Example: penstock charter denials --days 30 --dir /srv/penstock")
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True, help="How far back.")
@node_option
@json_option
@plainly
def denials(layout: Layout, days: int, *, as_json: bool) -> None:
    """Count the refusals, by holder, by rule and by vendor, each with its last reason."""
    charter = read_charter(layout.charter_files())
    events = (kept.event for kept in LogReader(layout.ledger).events())
    found = counted(charter, events, SystemClock().now(), timedelta(days=days))
    lines = [
        *_counted("holder", found.by_holder),
        *_counted("rule", found.by_rule),
        *_counted("vendor", found.by_vendor),
        f"{found.total} refusals in {days} days." if found.total else f"Nothing was refused in {days} days.",
    ]
    tell(asdict(found), lines, as_json=as_json)


def _counted(what: str, found: tuple[Denied, ...]) -> list[str]:
    rows = [[one.who, str(one.times), f"{one.last:%Y-%m-%d %H:%M} UTC", one.reason] for one in found]
    return [*table(rows, [what, "times", "last", "reason"]), ""] if rows else []
