"""``penstock sessions pause`` and ``resume``: hold what goes towards the asset in one session, and let it go on."""

import click

from broker.cli.answer import fail, json_option, local_name, node_option, plainly, tell
from broker.cli.local_switch import ask, in_whose_name
from broker.layout import Layout


@click.command("pause", epilog="Example: penstock sessions pause SESSION --reason 'wrong valve'")
@click.argument("session")
@click.option("--reason", default="", help="Why; kept as evidence, and shown to the plant.")
@node_option
@json_option
@plainly
def pause_session(session: str, reason: str, layout: Layout, *, as_json: bool) -> None:
    """Let nothing of SESSION go towards its asset until it is resumed. Nothing that is typed is lost.

    What the asset says still reaches the vendor and the recording; both sides are told. The window runs on,
    and whatever ends a session still does.
    """
    answer = ask(layout, {"do": "pause", "session": session, "by": local_name(), "reason": reason})
    killed = answer.get("killed") or []
    how = (
        f"The gate did not obey and was killed (process {killed})." if killed else "The gate holds its input."
    )
    lines = [f"Session {session} is paused. {how}", f"To let it go on: penstock sessions resume {session}"]
    tell(answer, lines, as_json=as_json)


@click.command("resume", epilog="Example: penstock sessions resume SESSION --reason 'it was the right one'")
@click.argument("session")
@click.option("--reason", default="", help="Why; kept as evidence.")
@click.option("--lead", default=None, help="In an emergency: whoever leads the incident, by their id.")
@node_option
@json_option
@plainly
def resume_session(session: str, reason: str, lead: str | None, layout: Layout, *, as_json: bool) -> None:
    """Let a paused SESSION go on, as far as nothing else holds it: its leaf first, then what was typed.

    In an emergency only in the name of whoever leads the incident; exit 77 otherwise.
    """
    live = [one for gate in ask(layout, {"do": "show"})["gates"] for one in gate["sessions"]]
    found = next((one for one in live if one["session"] == session), None)
    if found is None:
        fail(f"No session {session!r} is open.", "See `penstock sessions list`.")
    who = in_whose_name(layout, f"zone:{found['zone']}", "resume", lead)
    answer = ask(layout, {"do": "resume", "session": session, "by": who, "reason": reason})
    tell(answer, [f"Session {session} goes on."], as_json=as_json)
