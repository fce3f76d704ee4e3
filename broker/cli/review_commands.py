"""``penstock evidence reviews`` and ``penstock evidence review``: what waits to be looked at, and saying what was found."""

import click

from broker.cli.answer import json_option, plainly, table, tell
from broker.cli.console_client import Console, console_options
from domain.review_events import Disposition


@click.command(epilog="Example: penstock evidence reviews --token-file token")
@json_option
@plainly
@console_options
def reviews(console: Console, *, as_json: bool) -> None:
    """List the ended sessions that somebody has still to review: yours first, then the most urgent."""
    waiting = console.ask("GET", "/evidence/reviews")["reviews"]
    rows = [
        [
            one["by"][:16],
            "overdue" if one["overdue"] else "",
            "yours" if one["mine"] else ", ".join(one["rights"]),
            one["person"],
            one["asset"],
            one["session"],
        ]
        for one in waiting
    ]
    heads = ["until", "", "whose", "person", "asset", "session"]
    tell(waiting, table(rows, heads) if rows else ["Nothing waits for a review."], as_json=as_json)


@click.command(epilog="Example: penstock evidence review SESSION in_order --token-file token")
@click.argument("session")
@click.argument("disposition", type=click.Choice([one.value for one in Disposition]))
@click.option("--words", default="", help="What was found, in a line; needed unless it is in order.")
@json_option
@plainly
@console_options
def review(console: Console, session: str, disposition: str, words: str, *, as_json: bool) -> None:
    """Say what you found in SESSION, which has ended: in_order, question or incident. It is a leaf of the ledger."""
    body = {"disposition": disposition, "words": words}
    filed = console.ask("POST", f"/evidence/sessions/{session}/review", body)
    last = filed["reviews"][-1]
    tell(filed, [f"Filed as leaf {last['index']}: {last['disposition']}."], as_json=as_json)
