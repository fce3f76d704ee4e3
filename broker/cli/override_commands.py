"""``penstock override``: suspend a scope for a time, or until a zone is in a state; it comes back by itself, and is reviewed."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from broker.cli.answer import fail, json_option, node_option, plainly, secret_from_stdin, table, tell
from broker.cli.local_switch import ask
from broker.clock import SystemClock
from broker.control import GateClient
from broker.layout import Layout
from broker.watchdog.overrides import override_purpose, review_purpose
from domain.canonical import instant_text
from domain.ids import PersonId, ZoneId, is_word
from domain.plant import OperatingState

LONGEST = timedelta(days=31)


@click.group()
def override() -> None:
    """Suspend a zone, an asset, a vendor or whatever else for a while; list and review that."""


@override.command(
    "start",
    epilog="Example: penstock override start zone:cell-1 --by petra --for 2h --reason 'crane over hall 2'",
)
@click.argument("scope")
@click.option("--by", "person", required=True, help="Who holds the right; their one-time code is asked for.")
@click.option("--for", "length", default="", help="How long from now: 45m, 2h.")
@click.option("--until-state", "event", default="", help="Or until a zone is in a state: cell-1=running.")
@click.option("--reason", required=True, help="Why; kept as evidence.")
@node_option
@json_option
@plainly
def start(
    scope: str, person: str, length: str, event: str, reason: str, layout: Layout, *, as_json: bool
) -> None:
    """Suspend SCOPE now: its sessions end and none opens, until the time is over or the zone is in that state.

    Then it comes back by itself; what was shut without a term stays shut. SCOPE is as for `penstock isolate`.
    Whoever holds `connect` on a way into it may, with a code. What raises authority for a time is break-glass.
    """
    until = _until(length)
    zone, state = _event(event)
    if until is None and zone is None:
        fail("An override needs an end.", "Say --for 2h, or --until-state ZONE=STATE.", status=2)
    step = _spent(layout, person, override_purpose(scope, until, zone, state))
    told = {"do": "override", "scope": scope, "by": person, "step": step, "reason": reason}
    term = {"until": instant_text(until) if until else "", "zone": zone or "", "state": str(state or "")}
    answer = ask(layout, told | term)
    ends = " or ".join(filter(None, (term["until"], f"{zone} is in {state}" if zone else "")))
    tell(
        answer | {"scope": scope} | term,
        [f"{scope} is suspended until {ends}. It comes back by itself.", "Then: penstock override review"],
        as_json=as_json,
    )


@override.command("list", epilog="Example: penstock override list --json")
@node_option
@json_option
@plainly
def list_overrides(layout: Layout, *, as_json: bool) -> None:
    """Print the overrides in force, and those that wait for a review; exit 1 where one does."""
    known = list(ask(layout, {"do": "show"})["interlocks"].get("overrides", []))
    rows = [[one["id"], one["scope"], one["by"], one["at"], _stands(one), one["reason"]] for one in known]
    lines = (
        table(rows, ["id", "scope", "by", "since", "how it stands", "why"]) if rows else ["There is none."]
    )
    tell(known, lines, as_json=as_json)
    if any(one["ended"] and not one["reviewer"] for one in known):
        raise SystemExit(1)  # "no" as an answer


@override.command("review", epilog="Example: penstock override review 17 --by kim --finding 'as agreed'")
@click.argument("number", metavar="ID")
@click.option(
    "--by", "person", required=True, help="Who reviews, and did not make it; their code is asked for."
)
@click.option("--finding", required=True, help="What was found; kept as evidence.")
@node_option
@json_option
@plainly
def review(number: str, person: str, finding: str, layout: Layout, *, as_json: bool) -> None:
    """Review an override that is over: somebody of the plant who did not make it, with a one-time code."""
    step = _spent(layout, person, review_purpose(number))
    told = {"do": "review-override", "override": number, "by": person, "step": step, "finding": finding}
    tell(ask(layout, told), [f"Override {number} is reviewed."], as_json=as_json)


def _stands(one: dict[str, Any]) -> str:
    event = f"{one['zone']} is in {one['state']}" if one["zone"] else ""
    ends = " or ".join(filter(None, (one["until"], event)))
    if not one["ended"]:
        return f"in force until {ends}"
    return (
        f"over since {one['ended']} ({one['why']}); {'reviewed' if one['reviewer'] else 'waits for a review'}"
    )


def _until(length: str) -> datetime | None:
    if not length:
        return None
    from broker.cli.charter_commands import length_of  # noqa: PLC0415 (the kill switch loads no charter)

    try:
        span = length_of(length)
    except ValueError as error:
        fail(str(error), "See `penstock override start --help`.", status=2)
    if span > LONGEST:
        fail(f"An override lasts {LONGEST.days} days at most.", "Name a shorter time.", status=2)
    return (SystemClock().now().astimezone(UTC) + span).replace(microsecond=0)


def _event(text: str) -> tuple[ZoneId | None, OperatingState | None]:
    if not text:
        return None, None
    zone, _, state = text.partition("=")
    if not is_word(zone) or state not in {str(one) for one in OperatingState}:
        states = ", ".join(map(str, OperatingState))
        fail("This names no zone's state.", f"Write ZONE=STATE, with one of: {states}.", status=2)
    return ZoneId(zone), OperatingState(state)


def _spent(layout: Layout, person: str, purpose: str) -> int:
    code = secret_from_stdin(f"One-time code of {person}")
    step = asyncio.run(GateClient(layout.gate_socket).check(PersonId(person), code, purpose))
    if step is None:
        fail("This one-time code is wrong, or was used already.", "Wait for the next one.")
    return step
