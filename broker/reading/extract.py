"""From a recording's frames to what can be searched and marked. Pure; run after the session, never beside it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from broker.conduits.registry import reader_for
from broker.reading.finder import TransactionFinder
from broker.reading.found import LONGEST_TEXT, Found, FoundKind, found
from broker.reading.scp import ScpReader
from broker.reading.screen import Line, Terminal
from broker.reading.sftp import SftpReader, Transfer
from recorder.export.asciicast import size_in
from recorder.format import payloads
from recorder.format.frame import BYTES, Frame, Kind

MOST_SCREEN_CHARACTERS = 16 * 1024 * 1024
"""Of one session. What comes after is not in the index, and the index says so; commands go on."""

SPAN_US = 5_000_000
"""Lines of a screen within so long are one thing found, with the time of the first."""

COLUMNS, ROWS = 80, 24
_SENDS = re.compile(r"scp( -[vrpdq]+)* -[vrpdq]*(?P<way>[tf])")
_PIPED = re.compile(r"(\S*/)?(scp|rsync|git-\S+|sftp-server|tar|dd|cat\s*>)(\s|$)")
"""Programs whose output is no text: what crosses is a protocol, or a file."""

PAUSES: Mapping[str, str] = {
    "paused": "The plant paused the session.",
    "state": "The zone's state changed to one that the permit does not name.",
    "unattended": "Nobody of the plant was watching.",
    "locked": "Nobody had used the session: it was locked.",
}
MARKS: Mapping[str, tuple[FoundKind, str]] = {
    "input_goes_on": (FoundKind.PAUSE, "Input went on."),
    "unlocked": (FoundKind.PAUSE, "Its person had signed in again."),
    "cut": (FoundKind.REFUSAL, "The connection was cut. {sentence}"),
    "answered": (FoundKind.REFUSAL, "The gate answered in the asset's place: {sentence}"),
    "inward_refused": (
        FoundKind.REFUSAL,
        "{bytes} bytes were sent in over a conduit that only lets bytes out.",
    ),
    "withheld": (FoundKind.REFUSAL, "{bytes} bytes were withheld."),
    "refused": (FoundKind.REFUSAL, "{sentence}"),
    "unlisted": (
        FoundKind.WARNING,
        "Which files crossed by rsync is not listed. The recording has its bytes.",
    ),
    "warned": (FoundKind.WARNING, "The vendor was told that {left_s} seconds are left."),
    "expiry_held": (FoundKind.WARNING, "The end waited for a step that must not be interrupted."),
}


@dataclass(slots=True)
class _Texts:
    """Lines of one screen on their way to one thing found."""

    lines: list[str] = field(default_factory=list)
    at_us: int = 0
    characters: int = 0


@dataclass(slots=True)
class _Channel:
    """One channel: exactly one of its readers, or none for a forwarded protocol."""

    number: int
    terminal: Terminal | None = None
    sftp: SftpReader | None = None
    scp: ScpReader | None = None
    finder: TransactionFinder | None = None
    told: bool = False
    """The gate said itself which files crossed, and how far; what else was done to them is read from the bytes."""
    keys: bool = False
    """It has a keyboard; what an ``exec`` is fed through a pipe is nobody's typing."""
    hidden: int = 0
    """Bytes that were typed, and not recorded openly so far."""
    after_output: bool = False
    """The frame before was the asset's output."""
    texts: _Texts = field(default_factory=_Texts)


def extract(frames: Iterable[Frame]) -> tuple[Found, ...]:
    """Everything that can be found, in order of time.

    A protocol that the gate reads has its transactions here too: by what the gate said of the channel's filter.
    """
    channels: dict[int, _Channel] = {}
    everything: list[Found] = []
    room = MOST_SCREEN_CHARACTERS
    for frame in frames:
        if frame.kind is Kind.CHANNEL_OPENED:
            told = payloads.read(frame.payload)
            channels.setdefault(frame.channel, _opened(frame.channel, told))
            everything += _beginning(frame, told)
        elif frame.kind is Kind.MARK:
            everything += _marked(frame, channels.get(frame.channel))
        elif (channel := channels.get(frame.channel)) is not None:
            for one in _taken(channel, frame):
                if one.kind is FoundKind.SCREEN:
                    room -= len(one.text)
                    if room < 0:
                        continue
                everything.append(one)
    last = everything[-1].at_us if everything else 0
    for channel in channels.values():
        everything += [
            one for one in _finished(channel, last) if room > 0 or one.kind is not FoundKind.SCREEN
        ]
    if room < 0:
        text = "This screen showed more than the index takes. The recording has all of it."
        everything.append(found(FoundKind.WARNING, last, 0, text))
    # A command may be certain only later; what it set off at the same moment comes after it.
    return tuple(sorted(everything, key=lambda one: (one.at_us, one.kind is not FoundKind.COMMAND)))


def _opened(number: int, told: payloads.Told) -> _Channel:
    passage, command = str(told.get("passage", "")).partition(":")[0], str(told.get("command", ""))
    if passage == "sftp":
        return _Channel(number, sftp=SftpReader())
    if passage == "scp" or _SENDS.match(command):
        sends = _SENDS.match(command)
        return _Channel(number, scp=ScpReader("get" if sends and sends["way"] == "f" else "put"))
    if passage == "shell" or (passage == "exec" and not _PIPED.match(command)):
        columns, rows = size_in(told)
        keys = bool(told.get("terminal")) or passage == "shell"
        return _Channel(number, terminal=Terminal(columns or COLUMNS, rows or ROWS), keys=keys)
    return _Channel(number)


def _beginning(frame: Frame, told: payloads.Told) -> Iterator[Found]:
    passage, command = str(told.get("passage", "")), str(told.get("command", ""))
    if passage == "exec" and command:
        yield found(FoundKind.COMMAND, frame.elapsed_us, frame.channel, command, deed="exec")
    else:
        text = f"{passage}: {command}" if command else passage
        yield found(FoundKind.PASSAGE, frame.elapsed_us, frame.channel, text, deed="opened")


def _taken(channel: _Channel, frame: Frame) -> Iterator[Found]:
    at_us, data = frame.elapsed_us, frame.payload
    if channel.terminal is not None:
        _screen(channel, channel.terminal, frame)
        yield from _lines(channel)
    elif channel.sftp is not None and frame.kind in BYTES:
        if frame.kind is Kind.TO_ASSET:
            yield from _transfers(channel, channel.sftp.sent(data, at_us))
        elif frame.kind is Kind.TO_VENDOR:
            yield from _transfers(channel, channel.sftp.answered(data, at_us))
    elif channel.finder is not None and frame.kind in BYTES:
        inward = frame.kind is Kind.TO_ASSET
        yield from channel.finder.sent(data, at_us) if inward else channel.finder.answered(data, at_us)
    elif channel.scp is not None and frame.kind in BYTES:
        source = Kind.TO_ASSET if channel.scp.deed == "put" else Kind.TO_VENDOR
        if frame.kind is source:
            yield from _transfers(channel, channel.scp.sent(data, at_us))
    if frame.kind is Kind.EXIT:
        told = payloads.read(data)
        status = told.get("status")
        text = f"exit {status if status is not None else told.get('signal') or 'unknown'}"
        yield found(FoundKind.PASSAGE, at_us, channel.number, text, deed="ended")


def _screen(channel: _Channel, terminal: Terminal, frame: Frame) -> None:
    match frame.kind:
        case Kind.TO_VENDOR | Kind.TO_VENDOR_ERR:
            terminal.shown(frame.payload, frame.elapsed_us)
            channel.after_output = True
            return
        case Kind.RESIZE:
            columns, rows = size_in(payloads.read(frame.payload))
            if columns:
                terminal.resize(columns, rows)
        case Kind.HIDDEN if channel.keys:
            count = payloads.read(frame.payload).get("bytes")
            if isinstance(count, int):
                channel.hidden += count
                terminal.typed(count, frame.elapsed_us)
        case Kind.TO_ASSET if channel.keys and channel.after_output and channel.hidden:
            # What was hidden, and then seen on the screen, is recorded a second time, openly, right after that output.
            channel.hidden = max(channel.hidden - len(frame.payload), 0)
            if frame.payload.endswith((b"\r", b"\n")):
                terminal.sent_off()
        case Kind.TO_ASSET if channel.keys:
            channel.hidden = 0
            terminal.typed(len(frame.payload), frame.elapsed_us)
        case _:
            pass
    channel.after_output = False


def _lines(channel: _Channel) -> Iterator[Found]:
    if channel.terminal is None:
        return
    for line in channel.terminal.drain():
        texts = channel.texts
        over = texts.characters + len(line.text) > LONGEST_TEXT or line.at_us - texts.at_us > SPAN_US
        if texts.lines and (over or line.command):
            yield _text(channel)
        if line.command:
            yield found(FoundKind.COMMAND, line.at_us, channel.number, line.command, deed=_prompt(line))
            continue
        texts = channel.texts
        if not texts.lines:
            texts.at_us = line.at_us
        texts.lines.append(line.text)
        texts.characters += len(line.text) + 1


def _prompt(line: Line) -> str:
    return line.text.removesuffix(line.command).strip()


def _text(channel: _Channel) -> Found:
    texts, channel.texts = channel.texts, _Texts()
    return found(FoundKind.SCREEN, texts.at_us, channel.number, "\n".join(texts.lines))


def _finished(channel: _Channel, at_us: int) -> Iterator[Found]:
    if channel.terminal is not None:
        channel.terminal.finish()
        yield from _lines(channel)
        if channel.texts.lines:
            yield _text(channel)
    for reader in (channel.sftp, channel.scp):
        if reader is None:
            continue
        yield from _transfers(channel, reader.finish())
        if reader.broken:
            text = "From here on this file transfer could not be read. The recording has all of it."
            yield found(FoundKind.WARNING, at_us, channel.number, text)
    if channel.finder is not None:
        yield from channel.finder.finish()
        if channel.finder.broken:
            text = "Not every transaction of this channel is in the index. The recording has all of it."
            yield found(FoundKind.WARNING, at_us, channel.number, text)


def _transfers(channel: _Channel, done: Iterable[Transfer]) -> Iterator[Found]:
    for one in done:
        if channel.told and one.worked and one.deed in {"put", "get"}:
            continue
        deed = one.deed if one.worked else f"{one.deed} failed"
        yield found(FoundKind.TRANSFER, one.at_us, channel.number, one.path, deed=deed, octets=one.octets)


def _marked(frame: Frame, channel: _Channel | None) -> Iterator[Found]:
    told = payloads.read(frame.payload)
    name = str(told.get("mark", ""))
    if name == "filter" and channel is not None and channel.finder is None:
        reader = reader_for(str(told.get("protocol", "")))
        channel.finder = TransactionFinder(channel.number, reader) if reader is not None else None
        channel.told = told.get("protocol") in {"sftp", "scp"}
    if name == "file":
        yield _crossed(frame, told)
    elif name == "input_held":
        hold = str(told.get("hold", ""))
        kind = FoundKind.STATE if hold == "state" else FoundKind.PAUSE
        yield found(kind, frame.elapsed_us, frame.channel, PAUSES.get(hold, "Input waited."), deed=hold)
    elif name in MARKS:
        kind, text = MARKS[name]
        said = text.format_map(_said_by(told))
        yield found(kind, frame.elapsed_us, frame.channel, said, deed=str(told.get("code", name)))


def _crossed(frame: Frame, told: payloads.Told) -> Found:
    """A file that crossed, as the gate told it when it had."""
    octets, begin, outcome = told.get("bytes"), told.get("begin"), told.get("outcome")
    resumed = f" from byte {begin}" if begin else ""
    deed = f"{told.get('way')}{'' if outcome == 'whole' else f' {outcome}'}"
    text = f"{told.get('path')}{resumed}"
    return found(
        FoundKind.TRANSFER,
        frame.elapsed_us,
        frame.channel,
        text,
        deed=deed,
        octets=octets if isinstance(octets, int) else 0,
    )


def _said_by(told: payloads.Told) -> "_Said":

    return _Said((name, str(value)) for name, value in told.items())


class _Said(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"
