"""``penstock evidence search`` and ``penstock evidence index``: finding a place in the recordings. Each look is itself a leaf."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import click
from sqlalchemy.exc import SQLAlchemyError

from broker.cli.answer import fail, json_option, node_option, plainly, tell
from broker.cli.custody import handled, viewed
from broker.layout import Layout
from broker.reading.found import FoundKind, time_code
from broker.reading.index import Hit, Index, Wanted
from broker.reading.indexing import behind, catch_up, drop_unreadable, gently, open_index
from broker.reading.query import pieces, terms_of
from broker.settings import read_settings
from domain.canonical import Json, instant_text
from domain.custody_events import Deed
from domain.ids import SessionId, is_token
from recorder.ledger.reader import LogReader

R = TypeVar("R")

PLACES = ("all", "recordings", "ledger")
MOST_HITS = 200
REBUILD = "Make it anew: penstock evidence index rebuild"


@click.command(
    epilog="Example: penstock evidence search 'rm pump.conf' --asset eng-ws-1 --since 2026-06-01 --json"
)
@click.argument("text")
@click.option(
    "--in", "place", type=click.Choice(PLACES), default="all", show_default=True, help="Where to look."
)
@click.option("--asset", default="", help="Only recordings of sessions on this asset.")
@click.option("--person", default="", help="Only recordings of this person's sessions.")
@click.option("--session", default="", help="Only the recording of this session.")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="Only sessions opened on this day (UTC) or later."
)
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="Only sessions opened on this day (UTC) or before."
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([one.value for one in FoundKind]),
    help="Only such; may be repeated.",
)
@node_option
@json_option
@plainly
def search(
    text: str,
    place: str,
    asset: str,
    person: str,
    session: str,
    since: datetime | None,
    until: datetime | None,
    kinds: tuple[str, ...],
    layout: Layout,
    *,
    as_json: bool,
) -> None:
    """Print where TEXT stands: the ledger's events, and commands, files and screens of the recordings with their time.

    In recordings all words must be there, in any case; "in quotes" they follow each other; sys* is the beginning of a word. What the index
    finds is an aid: a screen can be made to show anything. The recording is the evidence.
    """
    narrowed = bool(asset or person or session or since or until or kinds)
    viewed(layout, "events and recordings", f"search {text[:100]}")
    wanted = Wanted(
        person=person,
        asset=asset,
        session=session,
        since=None if since is None else since.replace(tzinfo=UTC),
        until=None if until is None else until.replace(tzinfo=UTC) + timedelta(days=1),
        kinds=frozenset(map(FoundKind, kinds)),
    )
    events = [] if place == "recordings" or (narrowed and place == "all") else _events(layout, text)
    hits: tuple[Hit, ...] = ()
    left = 0
    if place != "ledger":
        terms = terms_of(text)

        async def look(index: Index) -> tuple[tuple[Hit, ...], int]:
            return await index.find(terms, wanted, MOST_HITS), await behind(layout, index)

        hits, left = _with_index(layout, look)
        for one in dict.fromkeys(hit.about.session for hit in hits):
            item = next(hit.about.item for hit in hits if hit.about.session == one)
            handled(layout, one, Deed.VIEW, item=item, what=f"lines found by a search for {text[:100]!a}")
    lines = [
        *(_event_line(one) for one in events),
        *(_hit_line(hit, text) for hit in hits),
    ]
    if left:
        lines.append(f"Not in the index yet: {left} recordings. What to do: penstock evidence index update")
    nothing = f"Nothing holds {text!r}."
    tell([*events, *map(_document, hits)], lines or [nothing], as_json=as_json)


@click.group()
def index() -> None:
    """Bring the search index up to date, make it anew, or take a session out of it. Evidence stays as it is."""


@index.command(epilog="Example: penstock evidence index update")
@click.option("--gently", "slow", is_flag=True, help="With little claim on the machine, and an end to it.")
@node_option
@json_option
@plainly
def update(layout: Layout, *, slow: bool, as_json: bool) -> None:
    """Read every sealed recording that the index does not know yet."""
    if slow:
        gently()
    read = _with_index(layout, lambda index: catch_up(layout, index))
    tell({"read": read}, [f"Read {read} recordings."], as_json=as_json)


@index.command(epilog="Example: penstock evidence index rebuild")
@node_option
@json_option
@plainly
def rebuild(layout: Layout, *, as_json: bool) -> None:
    """Throw the index away, and read every sealed recording again."""

    async def anew(index: Index) -> int:
        await index.clear()
        return await catch_up(layout, index)

    viewed(layout, "recordings", "all read again for the search index")
    drop_unreadable(layout)
    read = _with_index(layout, anew)
    tell({"read": read}, [f"Made the index anew from {read} recordings."], as_json=as_json)


@index.command(epilog="Example: penstock evidence index forget SESSION")
@click.argument("session")
@node_option
@json_option
@plainly
def forget(session: str, layout: Layout, *, as_json: bool) -> None:
    """Take every word of SESSION out of the index. As long as its recording can be read, `update` puts it back."""
    if not is_token(session):
        fail(f"{session!r} is not a session's id.", "See `penstock evidence list`.", status=2)
    known = _with_index(layout, lambda index: index.forget(SessionId(session)))
    tell(
        {"session": session, "forgotten": known},
        [f"{session} is {'no longer' if known else 'not'} in the index."],
        as_json=as_json,
    )


def _with_index(layout: Layout, work: Callable[[Index], Awaitable[R]]) -> R:
    url = read_settings(layout).database_url(layout)

    async def run() -> R:
        async with open_index(layout, url) as opened:
            return await work(opened)

    try:
        return asyncio.run(run())
    except (SQLAlchemyError, sqlite3.Error) as error:
        fail(f"The search index can't be used: {type(error).__name__}.", REBUILD)


def _events(layout: Layout, text: str) -> list[dict[str, Json]]:
    return [
        {"index": kept.index, **kept.event} for kept in LogReader(layout.ledger).find(text=text, limit=500)
    ]


def _event_line(one: dict[str, Json]) -> str:
    told = (
        f"{name}={value}" for name, value in one.items() if name not in {"index", "at", "event", "number"}
    )
    return f"{one['index']:>7}  {one['at']}  {one['event']}  {' '.join(told)}"


def _hit_line(hit: Hit, text: str) -> str:
    shown = "".join(piece for piece, _ in pieces(hit.found.text, terms_of(text)))
    deed = f"{hit.found.deed} " if hit.found.kind is FoundKind.TRANSFER else ""
    return (
        f"{hit.about.opened_at:%Y-%m-%d %H:%M}Z +{time_code(hit.found.at_us)}  {hit.about.person}@{hit.about.asset}"
        f"  {hit.found.kind}  {deed}{shown}  [{hit.about.session} --channel {hit.found.channel}]"
    )


def _document(hit: Hit) -> dict[str, Json]:
    return {
        "session": hit.about.session,
        "permit": hit.about.permit,
        "person": hit.about.person,
        "asset": hit.about.asset,
        "opened_at": instant_text(hit.about.opened_at),
        "channel": hit.found.channel,
        "at_us": hit.found.at_us,
        "at": instant_text(hit.about.opened_at + timedelta(microseconds=hit.found.at_us)),
        "kind": hit.found.kind.value,
        "deed": hit.found.deed,
        "bytes": hit.found.octets,
        "text": hit.found.text,
    }
