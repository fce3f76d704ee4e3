"""``penstock isolate``, ``restore``, ``state``, ``sessions``: what works with no network and no identity."""

from typing import Any

import click

from broker.cli.answer import fail, json_option, local_name, node_option, plainly, table, tell
from broker.kill_switch import ask_watchdog
from broker.settings import Layout
from domain.plant import OperatingState


def _ask(layout: Layout, command: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = dict(ask_watchdog(layout, command))
    if not answer.get("ok"):
        fail(str(answer.get("error", "The watchdog refused.")), str(answer.get("remedy", "")))
    return answer


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

    SCOPE is `all`, `site:ID`, `zone:ID`, `vendor:ID`, `asset:ID` or `person:ID`. Needs no network, no
    database and no identity provider; a gate that does not obey within a second is killed.
    """
    answer = _ask(layout, {"do": "isolate", "scope": scope, "by": local_name(), "reason": reason})
    killed = answer.get("killed") or []
    how = f"the gate did not obey and was killed (process {killed})" if killed else "the gate obeyed"
    tell(
        answer, [f"{scope} is isolated: {how}.", f"To release it: penstock restore {scope}"], as_json=as_json
    )


@click.command(epilog="Example: penstock restore zone:cell-1 --reason 'all clear, shift lead'")
@click.argument("scope")
@click.option("--reason", default="", help="Why; kept as evidence.")
@node_option
@json_option
@plainly
def restore(scope: str, reason: str, layout: Layout, *, as_json: bool) -> None:
    """Let sessions of SCOPE open again. Nothing that was ended comes back by itself."""
    answer = _ask(layout, {"do": "restore", "scope": scope, "by": local_name(), "reason": reason})
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
    seen = _ask(layout, {"do": "show"})["interlocks"]
    rows = [[zone, now] for zone, now in sorted(seen["states"].items())]
    isolated = ", ".join(sorted(seen["isolated"])) or "nothing"
    tell(seen, [*table(rows, ["zone", "state"]), f"isolated: {isolated}"], as_json=as_json)


@state.command("set", epilog="Example: penstock state set cell-1 maintenance")
@click.argument("zone")
@click.argument("now", type=click.Choice([str(one) for one in OperatingState]), metavar="STATE")
@node_option
@json_option
@plainly
def set_state(zone: str, now: str, layout: Layout, *, as_json: bool) -> None:
    """Set ZONE's operating state. Sessions that the new state does not allow end at once."""
    answer = _ask(layout, {"do": "set-state", "zone": zone, "state": now, "by": local_name()})
    tell(answer, [f"{zone} is now in {now}."], as_json=as_json)


@click.group()
def sessions() -> None:
    """List live sessions, or stop one."""


@sessions.command("list", epilog="Example: penstock sessions list --json")
@node_option
@json_option
@plainly
def list_sessions(layout: Layout, *, as_json: bool) -> None:
    """Print the sessions that are open now, as the gate itself reports them."""
    gates = _ask(layout, {"do": "show"})["gates"]
    live = [one for gate in gates for one in gate["sessions"]]
    rows = [[one["session"], one["person"], one["vendor"], one["asset"], one["deadline"]] for one in live]
    lines = (
        table(rows, ["session", "person", "vendor", "asset", "ends at"]) if rows else ["No session is open."]
    )
    tell(live, lines, as_json=as_json)


@sessions.command("stop", epilog="Example: penstock sessions stop SESSION --reason 'wrong machine'")
@click.argument("session")
@click.option("--reason", default="", help="Why; kept as evidence.")
@node_option
@json_option
@plainly
def stop_session(session: str, reason: str, layout: Layout, *, as_json: bool) -> None:
    """End one session now. Its permit stays as it is: revoke that as well to keep the person out."""
    gates = _ask(layout, {"do": "show"})["gates"]
    if gates and session not in {one["session"] for gate in gates for one in gate["sessions"]}:
        fail(f"No session {session!r} is open.", "See `penstock sessions list`.")
    answer = _ask(layout, {"do": "stop", "session": session, "by": local_name(), "reason": reason})
    tell(answer, [f"Session {session} is ended."], as_json=as_json)
