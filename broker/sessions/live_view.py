"""What the terminals of a live session show, for one watcher: read from its recording, as that grows.

Evidence before effect holds for whoever watches, too: what was not recorded can't be read here. The gate is
not asked and does not know; a watcher who is slow, or many of them, cost it nothing but the disk's cache.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from broker.layout import Layout
from domain.ids import SessionId
from recorder.export.asciicast import PASSAGES, Screen
from recorder.following import Follower
from recorder.format import payloads
from recorder.format.frame import Frame, Kind
from recorder.keyring import Keyring
from recorder.replay import inert
from recorder.stores.local import LocalStore

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Terminal:
    """One channel with a shell or a command, its size in characters, and whether it is open still."""

    channel: int
    name: str
    columns: int
    rows: int
    open: bool


@dataclass(frozen=True, slots=True)
class View:
    """What came since the look before: ``shown`` by channel, as microseconds since the start, asciicast code, text."""

    terminals: tuple[Terminal, ...]
    shown: Mapping[int, tuple[tuple[int, str, str], ...]]
    skipped_bytes: int
    """Older output that was left out."""
    ended: bool


class LiveView:
    """One watcher's eyes on one session. Not for the event loop: it reads a disk. EvidenceError when it can't."""

    def __init__(self, layout: Layout, session: SessionId) -> None:
        self._file, key = recorded(layout, session)
        try:
            self._follower = Follower(self._file, key)
        except BaseException:
            self._file.close()
            raise
        self._screens: dict[int, Screen] = {}
        self._names: dict[int, str] = {}
        self._open: set[int] = set()

    def look(self) -> View:
        """What is there by now. EvidenceError when the recording is damaged."""
        looked = self._follower.look()
        for frame in looked.frames:
            self._take(frame)
        shown = {channel: screen.drain() for channel, screen in self._screens.items()}
        terminals = tuple(
            Terminal(channel, self._names[channel], *screen.size, open=channel in self._open)
            for channel, screen in self._screens.items()
        )
        return View(terminals, shown, looked.skipped_bytes, looked.ended)

    def close(self) -> None:
        """Look no more."""
        self._file.close()

    def _take(self, frame: Frame) -> None:
        if frame.kind is Kind.CHANNEL_OPENED:
            self._opened(frame)
        elif frame.kind is Kind.CHANNEL_CLOSED:
            self._open.discard(frame.channel)
        if frame.channel in self._screens:
            self._screens[frame.channel].take(frame)

    def _opened(self, frame: Frame) -> None:
        told = payloads.read(frame.payload)
        passage, command = str(told.get("passage", "")), str(told.get("command", ""))
        if passage in PASSAGES:
            self._screens[frame.channel] = Screen()
            self._names[frame.channel] = f"{passage}: {inert(command, LONGEST_NAME)}" if command else passage
            self._open.add(frame.channel)


def recorded(layout: Layout, session: SessionId) -> tuple[BinaryIO, bytes]:
    """The bytes of a session's recording, to be closed, and its key; EvidenceError where there is none here."""
    store = LocalStore(layout.recordings, reserve_bytes=0)
    key = Keyring(layout.recording_key).unwrapped(store.read_key, session)
    return store.source(session), key


def views_of(layout: Layout) -> Callable[[SessionId], LiveView]:
    """Opens a view of a live session of this node; EvidenceError where there is no recording of it."""

    def view(session: SessionId) -> LiveView:
        return LiveView(layout, session)

    return view
