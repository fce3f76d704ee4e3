"""``penstock isolate``, ``restore``, ``state``, ``sessions``: what works with no network and no identity."""

import asyncio

import click

from broker.cli.agreement import agree
from broker.cli.answer import (
    fail,
    json_option,
    local_name,
    node_option,
    plainly,
    secret_from_stdin,
    table,
    tell,
)
from broker.cli.attend_command import attend_session
from broker.cli.local_switch import ask, in_whose_name
from broker.cli.pause_commands import pause_session, resume_session
from broker.cli.watch_command import watch_session
from broker.control import GateClient
from broker.exit_status import REFUSED
from broker.layout import Layout
from domain.canonical import instant_text
from domain.errors import DecisionError
from domain.ids import PersonId, SessionId
from domain.plant import OperatingState


@click.command(
    epilog="Example: penstock isolate zone:cell-1 --reason 'smoke in hall 2'",
    short_help="The kill switch: end and bar sessions now.",
)
@click.argument("scope")
@click.option("--reason", default="", help="Why; kept as evidence. May be given afterwards in the shift log.")
@node_option
@json_option
@plainly
def isolate(scope: str, reason: str, layout: Layout, *, as_json: bool) -> None:
    """End every session of SCOPE now, and let no new one open until it is restored.

    SCOPE is `all`, `site:ID`, `zone:ID`, `vendor:ID`, `product:ID`, `tool:ID`, `asset:ID` or `person:ID`.
    Needs no network, no database and no identity provider; a gate that does not obey within a second is
    killed. A vendor, product or tool is suspended at every site at once, and comes back only when each
    boundary's holder has agreed.
    """
    answer = ask(layout, {"do": "isolate", "scope": scope, "by": local_name(), "reason": reason})
    killed = answer.get("killed") or []
    how = f"the gate did not obey and was killed (process {killed})" if killed else "the gate obeyed"
    tell(
        answer, [f"{scope} is isolated: {how}.", f"To release it: penstock restore {scope}"], as_json=as_json
    )


@click.command(epilog="Example: penstock restore zone:cell-1 --reason 'all clear, shift lead'")
@click.argument("scope")
@click.option("--reason", default="", help="Why; kept as evidence.")
@click.option("--by", "holder", help="Who agrees, with a one-time code, for a scope that needs its holders.")
@click.option("--boundary", help="Over which boundary they agree.")
@click.option("--lead", default=None, help="In an emergency: whoever leads the incident, by their id.")
@node_option
@json_option
@plainly
def restore(
    scope: str,
    reason: str,
    holder: str | None,
    boundary: str | None,
    lead: str | None,
    layout: Layout,
    *,
    as_json: bool,
) -> None:
    """Let sessions of SCOPE open again. Nothing that was ended comes back by itself.

    A suspended vendor, product or tool, and a person who left, come back when the holder over each
    boundary concerned has agreed, with --by and --boundary; without these, it says who is missing.
    In an emergency only in the name of whoever leads the incident; exit 77 otherwise.
    """
    if holder is not None and boundary is not None:
        told = agree(layout, scope, PersonId(holder), boundary, secret_from_stdin("One-time code"))
        tell(told, [str(told["told"])], as_json=as_json)
        return
    who = in_whose_name(layout, scope, "restore", lead)
    answer = ask(layout, {"do": "restore", "scope": scope, "by": who, "reason": reason})
    tell(answer, [f"{scope} is released. Each session needs a permit as before."], as_json=as_json)


@click.group()
def state() -> None:
    """Show or set a zone's operating state."""


@state.command("show", epilog="Example: penstock state show --json")
@node_option
@json_option
@plainly
def show_state(layout: Layout, *, as_json: bool) -> None:
    """Print each zone's operating state and what is isolated."""
    seen = ask(layout, {"do": "show"})["interlocks"]
    told = seen["told"]
    rows = [
        [zone, now, told[zone]["by"], told[zone]["at"], told[zone]["reason"]]
        for zone, now in sorted(seen["states"].items())
    ]
    isolated = ", ".join(sorted(seen["isolated"])) or "nothing"
    tell(
        seen,
        [*table(rows, ["zone", "state", "set by", "at", "why"]), f"isolated: {isolated}"],
        as_json=as_json,
    )


@state.command("set", epilog="Example: penstock state set cell-1 maintenance --reason 'pump 3 is out'")
@click.argument("zone")
@click.argument("now", type=click.Choice([str(one) for one in OperatingState]), metavar="STATE")
@click.option("--reason", default="", help="Why; kept as evidence and shown on the shift page.")
@click.option("--lead", default=None, help="To end an emergency: whoever leads the incident, by their id.")
@node_option
@json_option
@plainly
def set_state(zone: str, now: str, reason: str, lead: str | None, layout: Layout, *, as_json: bool) -> None:
    """Set ZONE's operating state. Sessions that may not live in it end at once.

    Where only their permit does not name it, their input waits and whoever decides is asked again.
    """
    # As policies.authority has it, which is not loaded for this.
    act = "raise" if now in {OperatingState.EMERGENCY, OperatingState.ISOLATED} else "set-state"
    who = in_whose_name(layout, f"zone:{zone}", act, lead)
    answer = ask(layout, {"do": "set-state", "zone": zone, "state": now, "by": who, "reason": reason})
    tell(answer, [f"{zone} is now in {now}."], as_json=as_json)


@click.group()
def sessions() -> None:
    """List live sessions; watch, pause, resume or stop one."""


@sessions.command("list", epilog="Example: penstock sessions list --json")
@node_option
@json_option
@plainly
def list_sessions(layout: Layout, *, as_json: bool) -> None:
    """Print the sessions that are open now, as the gate itself reports them."""
    gates = ask(layout, {"do": "show"})["gates"]
    live = [one for gate in gates for one in gate["sessions"]]
    rows = [
        [
            one["session"],
            one["person"],
            "program" if one.get("by_program") else "person",
            one["vendor"],
            one["asset"],
            one["deadline"],
            ", ".join(one["held"]),
        ]
        for one in live
    ]
    head = ["session", "who answers", "came as", "vendor", "asset", "ends at", "input held"]
    lines = table(rows, head) if rows else ["No session is open."]
    tell(live, lines, as_json=as_json)


@sessions.command("stop", epilog="Example: penstock sessions stop SESSION --reason 'wrong machine'")
@click.argument("session")
@click.option("--reason", default="", help="Why; kept as evidence.")
@node_option
@json_option
@plainly
def stop_session(session: str, reason: str, layout: Layout, *, as_json: bool) -> None:
    """End one session now. Its permit stays as it is: revoke that as well to keep the person out."""
    gates = ask(layout, {"do": "show"})["gates"]
    if gates and session not in {one["session"] for gate in gates for one in gate["sessions"]}:
        fail(f"No session {session!r} is open.", "See `penstock sessions list`.")
    answer = ask(layout, {"do": "stop", "session": session, "by": local_name(), "reason": reason})
    tell(answer, [f"Session {session} is ended."], as_json=as_json)


@sessions.command(
    "hold", epilog="Example: penstock sessions hold SESSION --by petra --for 10m --reason 'writing firmware'"
)
@click.argument("session")
@click.option(
    "--by", "person", required=True, help="Who of the plant attends; their one-time code is asked for."
)
@click.option("--for", "length", default="10m", show_default=True, help="How long from now: 10m.")
@click.option("--reason", required=True, help="What must not break off; kept as evidence.")
@node_option
@json_option
@plainly
def hold_session(
    session: str, person: str, length: str, reason: str, layout: Layout, *, as_json: bool
) -> None:
    """Declare a step in SESSION that must not be interrupted: its window's end waits, once for a permit.

    Nothing else waits: stop, isolate, revoke and a change of state end the session at once. Exit 77 when
    it is refused.
    """
    from broker.cli.charter_commands import length_of  # noqa: PLC0415 (the kill switch loads no charter)

    try:
        span = length_of(length)
    except ValueError as error:
        fail(str(error), "See `penstock sessions hold --help`.", status=2)
    code = secret_from_stdin(f"One-time code of {person}")
    gate = GateClient(layout.gate_socket)
    try:
        until = asyncio.run(gate.hold(SessionId(session), PersonId(person), code, span, reason))
    except DecisionError as error:
        fail(f"refused [{error.code}]: {error.fact}", error.remedy, status=REFUSED)
    at = instant_text(until)
    tell(
        {"session": session, "until": at},
        [f"Session {session} ends at {at}.", f"When it is done: penstock sessions release {session}"],
        as_json=as_json,
    )


@sessions.command("release", epilog="Example: penstock sessions release SESSION --by petra")
@click.argument("session")
@click.option("--by", "person", required=True, help="Who of the plant attends.")
@node_option
@json_option
@plainly
def release_session(session: str, person: str, layout: Layout, *, as_json: bool) -> None:
    """Say that the step in SESSION is done: it ends when its window does, at once if that has passed."""
    try:
        until = asyncio.run(GateClient(layout.gate_socket).release(SessionId(session), PersonId(person)))
    except DecisionError as error:
        fail(f"refused [{error.code}]: {error.fact}", error.remedy, status=REFUSED)
    at = instant_text(until)
    tell({"session": session, "until": at}, [f"Session {session} ends at {at} again."], as_json=as_json)


for command in (attend_session, watch_session, pause_session, resume_session):
    sessions.add_command(command)
