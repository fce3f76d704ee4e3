"""``penstock people token``, ``tokens`` and ``end-token``: tokens of the API, at the plant's own machine.

Whoever administers the node issues, lists and ends anybody's; each person does the same with their own at the
console. Every deed leaves a leaf, and no token approves anything.
"""

import asyncio
from datetime import datetime, timedelta

import click
from sqlalchemy.ext.asyncio import AsyncEngine

from broker.cli.answer import fail, json_option, local_name, node_option, plainly, table, tell
from broker.cli.enrolling import told
from broker.cli.node_database import known_person, with_database
from broker.clock import SystemClock
from broker.layout import Layout
from broker.people.tokens import Scope, Token, Tokens, of_row
from domain.events import TokenEnded, TokenIssued
from domain.ids import PersonId

LONGEST_TOKEN_DAYS = 366


@click.command(
    epilog="Example: penstock people token ana --days 30 --scope ask --network 192.0.2.0/24 > token"
)
@click.argument("person")
@click.option("--days", type=click.IntRange(1, LONGEST_TOKEN_DAYS), default=30, show_default=True)
@click.option("--label", default="command line", show_default=True, help="What it is for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([one.value for one in Scope]),
    help="What it may do; else everything.",
)
@click.option("--network", "networks", multiple=True, help="From where only, in CIDR; else from anywhere.")
@node_option
@json_option
@plainly
def token(
    person: str,
    days: int,
    label: str,
    scopes: tuple[str, ...],
    networks: tuple[str, ...],
    layout: Layout,
    *,
    as_json: bool,
) -> None:
    """Issue a token for PERSON's use of the API, and print it once. It approves nothing by itself."""
    _charter, who = known_person(layout, person)
    clock = SystemClock()
    expires = clock.now() + timedelta(days=days)
    wanted = [Scope(one) for one in scopes] or [one for one in Scope if one is not Scope.DIRECTORY]

    async def work(engine: AsyncEngine) -> tuple[str, Token]:
        kept = Tokens(engine, clock)
        issued, row = kept.prepare(who, label, expires, wanted, networks)
        made = of_row(row)
        await asyncio.to_thread(told, layout, _issued(made, clock.now()))
        await kept.add(row)
        return issued, made

    try:
        issued, made = with_database(layout, work)
    except ValueError as error:
        fail(f"There can be no such token: {error}.", "See `penstock people token --help`.", status=2)
    tell(
        {
            "person": person,
            "token": issued,
            "key": made.key,
            "scopes": sorted(made.scopes),
            "networks": list(made.networks),
            "expires": expires,
        },
        [issued],
        as_json=as_json,
    )


@click.command(epilog="Example: penstock people tokens ana")
@click.argument("person", required=False)
@node_option
@json_option
@plainly
def tokens(person: str | None, layout: Layout, *, as_json: bool) -> None:
    """List the tokens that are good now, everybody's or PERSON's, by the key that the ledger names them by."""
    who = None if person is None else known_person(layout, person)[1]
    found = with_database(layout, lambda engine: Tokens(engine, SystemClock()).of(who))
    heads = ["key", "person", "for", "may", "from", "until", "last used"]
    rows = [_row(one) for one in found]
    tell(
        [dict(zip(heads, row, strict=True)) for row in rows],
        table(rows, heads) if rows else ["There is none."],
        as_json=as_json,
    )


@click.command("end-token", epilog="Example: penstock people end-token 4f0c6e1a9b2d7735")
@click.argument("key")
@node_option
@json_option
@plainly
def end_token(key: str, layout: Layout, *, as_json: bool) -> None:
    """Make the token that is listed as KEY worthless at once."""
    clock = SystemClock()
    ended = with_database(layout, lambda engine: Tokens(engine, clock).end(key))
    if ended is None:
        fail(f"No token is listed as {key!r}.", "See `penstock people tokens`.")
    told(layout, TokenEnded(at=clock.now(), token=ended.key, person=ended.person, by=local_name()))
    tell(
        {"key": ended.key, "person": ended.person},
        [f"{ended.person}'s token {ended.key} is worthless from now on."],
        as_json=as_json,
    )


def _issued(made: Token, at: datetime) -> TokenIssued:
    return TokenIssued(
        at=at,
        token=made.key,
        person=PersonId(made.person),
        by=local_name(),
        label=made.label,
        scopes=tuple(sorted(made.scopes)),
        networks=made.networks,
        expires=made.expires_at,
    )


def _row(one: Token) -> list[str]:
    used = f"{one.used_at:%Y-%m-%d %H:%M} UTC from {one.used_from}" if one.used_at else "never"
    return [
        one.key,
        one.person,
        one.label,
        " ".join(sorted(one.scopes)),
        " ".join(one.networks) or "anywhere",
        f"{one.expires_at:%Y-%m-%d %H:%M} UTC",
        used,
    ]
