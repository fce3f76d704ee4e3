"""The exports of a case file: a cast of every terminal, and a capture of every channel of a native protocol. Pure.

Whoever has the recording and its key makes them again; the same recording gives the same bytes.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from recorder.case import capture_name, cast_names
from recorder.export.asciicast import casts_of, version_2, version_3
from recorder.export.pcapng import Captures
from recorder.format.reader import Source
from recorder.playback import Playback


def exports(recording: Source, key: bytes) -> Mapping[str, Callable[[], Iterable[bytes]]]:
    """Every export of a recording by its name in a case file."""
    playback = Playback(recording, key)
    header = playback.reader.header
    captures = Captures(header.started_at, header.session)
    frames = captures.watching(playback.frames())
    casts = casts_of(frames, header.started_at, f"session {header.session}")
    made: dict[str, Callable[[], Iterable[bytes]]] = {}
    for channel, cast in casts.items():
        second, third = cast_names(channel)
        made[second] = partial(version_2, cast)
        made[third] = partial(version_3, cast)
    for channel, capture in captures.made().items():
        made[capture_name(channel)] = partial(iter, (capture,))
    return made
