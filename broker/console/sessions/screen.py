"""What a watcher's browser is sent of a terminal: the words of asciinema-player's event source. Pure.

An object with a size makes the player's screen anew; a list is one event of an asciicast. Times are of the
look, not of the keystroke: how fast somebody types is nobody's to see.
"""

from broker.console.words import octets
from broker.sessions.live_view import Terminal, View
from domain.canonical import Json


class Screening:
    """One watcher's one screen. ``chosen`` is a channel, or 0 for the newest terminal that is open."""

    def __init__(self, chosen: int = 0) -> None:
        self._chosen = chosen
        self._current: int | None = None

    def messages(self, view: View) -> tuple[Json, ...]:
        """What to send for what a look found; nothing while there is no terminal."""
        terminal = self._terminal(view.terminals)
        if terminal is None:
            return ()
        sent: list[Json] = []
        if terminal.channel != self._current or view.skipped_bytes:
            sent.append({"cols": terminal.columns, "rows": terminal.rows, "time": 0})
        if view.skipped_bytes:
            sent.append(
                [0, "o", f"\x1b[7m {octets(view.skipped_bytes)} of older output left out \x1b[0m\r\n"]
            )
        self._current = terminal.channel
        shown = view.shown.get(terminal.channel, ())
        sent.extend([0, code, text] for _at, code, text in shown if code in {"o", "r"})
        return tuple(sent)

    def _terminal(self, terminals: tuple[Terminal, ...]) -> Terminal | None:
        known = {one.channel: one for one in terminals}
        if self._chosen:
            return known.get(self._chosen)
        current = known.get(self._current) if self._current is not None else None
        if current is not None and current.open:
            return current
        newest = max((one for one in terminals if one.open), key=lambda one: one.channel, default=None)
        return newest or current or max(terminals, key=lambda one: one.channel, default=None)
