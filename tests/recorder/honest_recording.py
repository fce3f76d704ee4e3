"""What goes through an honest session, frame by frame."""

import random
from collections.abc import Iterator
from datetime import timedelta

from recorder.format import payloads
from recorder.format.frame import Kind
from recorder.writer import Recording
from tests.clock import FrozenClock
from tests.recorder.honest_plant import Plan


def open_channel(chance: random.Random, recording: Recording, channel: int, passage: str) -> str:
    """The command that it was opened for."""
    columns, rows = chance.choice(((80, 24), (0, 0), (200, 2000)))
    command = chance.choice(("uptime", "echo \u00e9\x1b[2J", "")) if passage == "exec" else ""
    recording.write(
        Kind.CHANNEL_OPENED,
        channel,
        payloads.channel_opened(
            "forward:502" if passage == "forward" else passage,
            command=command,
            terminal="xterm",
            columns=columns,
            rows=rows,
        ),
    )
    return command


def chunk(plan: Plan, chance: random.Random, clock: FrozenClock, recording: Recording) -> None:
    """Something crosses, or the gate says something."""
    clock.advance(timedelta(microseconds=chance.randrange(2_000_000)))
    channel = chance.randrange(len(plan.channels)) + 1 if plan.channels else 0
    if not channel:
        recording.write(Kind.MARK, 0, payloads.mark("waited", seconds=1, quiet=True, why=None))
        return
    kind = chance.choice((Kind.TO_ASSET, Kind.TO_VENDOR, Kind.TO_VENDOR, Kind.TO_VENDOR_ERR, None))
    size = chance.randrange(1, plan.largest + 1)
    if kind is None:
        told = chance.choice(
            (
                (Kind.RESIZE, payloads.resize(chance.randrange(1, 300), chance.randrange(1, 90))),
                (Kind.HIDDEN, payloads.hidden(size)),
                (Kind.SIGNAL, payloads.signal("INT")),
                (Kind.EOF, payloads.eof(chance.choice(("vendor", "asset")))),
                (Kind.CHANNEL_CLOSED, payloads.channel_closed("finished")),
                (Kind.MARK, payloads.mark("refused", code="no_permit", sentence="Not \u2014 granted.")),
            )
        )
        recording.write(told[0], channel, told[1])
    else:
        recording.write(kind, channel, next(crossing(chance, size)))


def crossing(chance: random.Random, size: int) -> Iterator[bytes]:
    """What may cross: text, control sequences, half characters, noise."""
    parts = (
        b"up 3 days, load average 0.1\r\n",
        "\u00e4\u20ac\U0001f600".encode(),
        b"\x1b[31mred\x1b[0m",
        b"\x1b]0;title\x07",
        b"\x1b[?2004h\x1b[6n",
        b"\xff\xfe\x00\x9b",
        b"\x1b]52;c;" + b"A" * 300,
    )
    if chance.random() < 0.3:
        yield chance.randbytes(size)
    text = b""
    while len(text) < size:
        text += chance.choice(parts)
    yield text[:size]
