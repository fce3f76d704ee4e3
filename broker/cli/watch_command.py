"""``penstock sessions watch``: see a live session's terminal, as it is recorded, and attend as long as you do."""

import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import TYPE_CHECKING

import click

from broker.cli.answer import fail, json_option, local_name, node_option, plainly
from broker.cli.local_switch import ask
from broker.clock import SystemClock
from broker.layout import Layout
from broker.ledger import append_now
from broker.watchdog.attendance import SAID_EVERY_S
from broker.watchdog.kill_switch import ask_watchdog
from domain.canonical import instant_text
from domain.errors import PeerError
from domain.events import SessionWatched
from domain.ids import SessionId

if TYPE_CHECKING:  # the kill switch is in this group of commands, and loads nothing that decrypts
    from broker.sessions.live_view import LiveView, Terminal, View

LOOK_S = 0.2


@click.command("watch", epilog="Example: penstock sessions watch SESSION")
@click.argument("session")
@click.option("--channel", type=int, default=0, help="Which of its terminals; else the newest that is open.")
@node_option
@json_option
@plainly
def watch_session(session: str, channel: int, layout: Layout, *, as_json: bool) -> None:
    """Show what SESSION's terminal shows, made inert, until it ends or Ctrl-C. Nothing you type reaches it.

    You see what is recorded; what the vendor types and the asset does not echo is not shown. A screen (VNC) is
    watched in the console. That you watch is written into the ledger, and counts as attending. With --json each
    event is one line: channel, code, text.
    """
    gates = ask(layout, {"do": "show"})["gates"]
    if session not in {one["session"] for gate in gates for one in gate["sessions"]}:
        fail(f"No session {session!r} is open.", "See `penstock sessions list`.")
    from broker.sessions.live_view import LiveView  # noqa: PLC0415 - see above

    view = LiveView(layout, SessionId(session))
    try:
        with _told(layout, SessionId(session)), _attending(layout, session) as attend:
            _show(view, channel, attend, as_json=as_json)
    finally:
        view.close()


def _show(view: "LiveView", channel: int, attend: "Attending", *, as_json: bool) -> None:
    if not as_json:
        click.echo("You watch, and attend. Ctrl-C when you leave.", err=True)
    shown = 0
    while True:
        seen = view.look()
        terminal = _terminal(seen, channel, shown)
        if terminal is not None:
            shown = terminal.channel
            for _at, code, text in seen.shown.get(shown, ()):
                _write(shown, code, text, as_json=as_json)
        if seen.skipped_bytes:
            click.echo(f"\r\n[{seen.skipped_bytes} bytes of older output left out]\r", err=True)
        if seen.ended:
            click.echo("The session has ended.", err=True)
            return
        if attend.left:
            return
        attend.say()
        time.sleep(LOOK_S)


def _terminal(seen: "View", channel: int, shown: int) -> "Terminal | None":
    known = {one.channel: one for one in seen.terminals}
    if channel:
        return known.get(channel)
    if shown in known and known[shown].open:
        return known[shown]
    return max(
        (one for one in seen.terminals if one.open), key=lambda one: one.channel, default=known.get(shown)
    )


def _write(channel: int, code: str, text: str, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps({"channel": channel, "code": code, "text": text}) + "\n")
    elif code == "o":
        sys.stdout.write(text)
    sys.stdout.flush()


@contextmanager
def _told(layout: Layout, session: SessionId) -> Iterator[None]:
    """Say in the ledger that somebody watches, before they do (EvidenceError: then they don't), and when no more."""
    clock = SystemClock()
    began = clock.now()
    event = SessionWatched(at=began, session=session, by=local_name(), way="local", since="")
    append_now(layout.signer_socket, event)
    try:
        yield
    finally:
        append_now(layout.signer_socket, replace(event, at=clock.now(), since=instant_text(began)))


class Attending:
    """Says every second that somebody watches. ``left`` once they asked to leave."""

    def __init__(self, layout: Layout, session: str) -> None:
        self.left = False
        self._layout = layout
        self._line = {"scope": f"session:{session}", "by": local_name()}
        self._said_s = float("-inf")

    def say(self) -> None:
        """Once more, if it is time."""
        now_s = SystemClock().boottime_s()
        if now_s - self._said_s >= SAID_EVERY_S / 2:
            self._said_s = now_s
            try:
                ask_watchdog(self._layout, {"do": "attend", **self._line})
            except PeerError:
                fail("The watchdog no longer answers: nobody attends.", "Start it, and watch again.")

    def leave(self) -> None:
        """No longer."""
        ask_watchdog(self._layout, {"do": "leave", **self._line})


@contextmanager
def _attending(layout: Layout, session: str) -> Iterator[Attending]:
    attending = Attending(layout, session)

    def leaves(_signal: int, _frame: FrameType | None) -> None:
        attending.left = True

    before = {number: signal.signal(number, leaves) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield attending
        attending.leave()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if sys.stdout.isatty():
            from recorder.replay import RESET  # noqa: PLC0415 - as above

            sys.stdout.write(RESET)
