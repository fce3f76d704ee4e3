"""One channel of a recording as asciicast, for players: version 2 (absolute times) and 3 (intervals).

What the vendor saw, sanitised (``recorder.replay``), with markers for what the gate did. What the
vendor typed is left out unless it is asked for: both formats advise so, and an echo shows it anyway.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.canonical import Json
from recorder.format import payloads
from recorder.format.frame import BYTES, Frame, Kind
from recorder.replay import Sanitiser, inert

PASSAGES = frozenset({"shell", "exec"})
"""What has a screen. Files and forwarded protocols have none."""

MOST_SHOWN_BYTES = 64 * 1024 * 1024
COLUMNS, ROWS = 80, 24  # where the client never said; the size of a VT100


@dataclass(frozen=True, slots=True)
class Cast:
    """What both versions are made of: a size, a start, and what happened when (microseconds, code, text)."""

    columns: int
    rows: int
    started_at: datetime
    title: str
    events: tuple[tuple[int, str, str], ...]
    status: int | None
    """How the program at the asset ended, where it said so."""


def casts_of(
    frames: Iterable[Frame], started_at: datetime, title: str, *, typed: bool = False
) -> Mapping[int, Cast]:
    """A cast for each channel with a shell or a command; ``typed`` adds what was typed and not hidden.

    Together they show ``MOST_SHOWN_BYTES`` at most; a marker says so where the rest is left out.
    """
    screens: dict[int, Screen] = {}
    room = MOST_SHOWN_BYTES
    for frame in frames:
        if frame.kind is Kind.CHANNEL_OPENED and payloads.read(frame.payload).get("passage") in PASSAGES:
            screens.setdefault(frame.channel, Screen(typed=typed))
        meant = screens.values() if frame.channel == 0 else filter(None, [screens.get(frame.channel)])
        for screen in meant:
            room -= len(frame.payload)
            screen.take(frame, full=room < 0)
    return {channel: screen.cast(started_at, title) for channel, screen in screens.items()}


def version_2(cast: Cast) -> Iterator[bytes]:
    """The lines of an asciicast v2 file: times are seconds since the start."""
    yield _line(
        {
            "version": 2,
            "width": cast.columns,
            "height": cast.rows,
            "timestamp": int(cast.started_at.timestamp()),
            "title": cast.title,
            "env": {"TERM": "xterm-256color"},
        }
    )
    for at_us, code, text in cast.events:
        yield _event(at_us, code, text)


def version_3(cast: Cast) -> Iterator[bytes]:
    """The lines of an asciicast v3 file: times are seconds since the line before; the last tells the exit."""
    yield _line(
        {
            "version": 3,
            "term": {"cols": cast.columns, "rows": cast.rows, "type": "xterm-256color"},
            "timestamp": int(cast.started_at.timestamp()),
            "title": cast.title,
        }
    )
    before = 0
    for at_us, code, text in cast.events:
        yield _event(at_us - before, code, text)
        before = at_us
    if cast.status is not None:
        yield _event(0, "x", str(cast.status))


class Screen:
    """What one channel shows, frame by frame: made inert, with markers for what the gate did."""

    def __init__(self, *, typed: bool = False) -> None:
        self._columns = self._rows = 0
        self._latest = (0, 0)
        self._status: int | None = None
        self._events: list[tuple[int, str, str]] = []
        self._typed = typed
        self._at_us = 0
        self._full = False
        # Both streams end on one screen, but half a character of one is never completed by the other.
        self._screens = {Kind.TO_VENDOR: Sanitiser(), Kind.TO_VENDOR_ERR: Sanitiser()}
        self._keys = Sanitiser()

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows now: what the vendor's client said last."""
        columns, rows = self._latest
        return columns or COLUMNS, rows or ROWS

    def drain(self) -> tuple[tuple[int, str, str], ...]:
        """What was shown since the last call, as ``Cast.events``; half a character or sequence waits for its rest."""
        events, self._events = tuple(self._events), []
        return events

    def take(self, frame: Frame, *, full: bool = False) -> None:
        """The next frame; with ``full`` no more output is kept."""
        self._at_us = frame.elapsed_us
        if frame.kind not in BYTES:
            self._tell(frame.kind, payloads.read(frame.payload))
        elif full:
            if not self._full:
                self._mark("this export shows no more; the recording does")
            self._full = True
        elif frame.kind in self._screens:
            self._add("o", self._screens[frame.kind].feed(frame.payload))
        elif self._typed:
            self._add("i", self._keys.feed(frame.payload))

    def cast(self, started_at: datetime, title: str) -> Cast:
        """All that it showed and was not drained, as a cast; nothing may be taken afterwards."""
        for screen in self._screens.values():
            self._add("o", screen.finish())
        if self._typed:
            self._add("i", self._keys.finish())
        return Cast(
            self._columns or COLUMNS,
            self._rows or ROWS,
            started_at,
            inert(title, 200),
            tuple(self._events),
            self._status,
        )

    def _tell(self, kind: Kind, told: payloads.Told) -> None:
        match kind:
            case Kind.CHANNEL_OPENED:
                self._latest = self._columns, self._rows = size_in(told)
                command = told.get("command")
                self._mark(f"{told.get('passage')}: {command}" if command else str(told.get("passage")))
            case Kind.RESIZE:
                columns, rows = size_in(told)
                self._latest = (columns, rows) if columns else self._latest
                if columns and not self._columns:
                    self._columns, self._rows = columns, rows
                elif columns:
                    self._add("r", f"{columns}x{rows}")
            case Kind.HIDDEN:
                self._mark(f"hidden input: {told.get('bytes')} bytes")
            case Kind.MARK:
                details = (f"{key}={value}" for key, value in told.items() if key != "mark")
                self._mark(" ".join([str(told.get("mark")), *details]))
            case Kind.EXIT:
                status = told.get("status")
                self._status = status if isinstance(status, int) else self._status
                self._mark(f"exit {status if status is not None else told.get('signal') or 'unknown'}")
            case Kind.END:
                self._mark(f"end: {told.get('cause')}")
            case _:
                pass

    def _mark(self, text: str) -> None:
        self._add("m", inert(text, 200))

    def _add(self, code: str, text: str) -> None:
        if text:
            self._events.append((self._at_us, code, text))


def size_in(told: payloads.Told) -> tuple[int, int]:
    """Columns and rows, within what a player can draw; 0 and 0 where none were given."""
    columns, rows = told.get("columns"), told.get("rows")
    if type(columns) is not int or type(rows) is not int or columns <= 0 or rows <= 0:  # true is no size
        return 0, 0
    return min(columns, 1000), min(rows, 1000)


def _event(us: int, code: str, text: str) -> bytes:
    # Written by hand: six digits are exact, where a float would be rounded.
    seconds = f"{us // 1_000_000}.{us % 1_000_000:06d}"
    return f"[{seconds}, {json.dumps(code)}, {json.dumps(text, ensure_ascii=False)}]\n".encode()


def _line(header: Json) -> bytes:
    return json.dumps(header, ensure_ascii=False).encode() + b"\n"
