"""``penstock charter findings``: signs, in what the ledger tells, that people find their own way around."""

from dataclasses import asdict

import click

from broker.cli.answer import NO, json_option, node_option, plainly, tell
from broker.clock import SystemClock
from broker.settings import Layout
from policies.charter.documents import read_charter
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
