"""A redacted copy of one terminal: it names its master by hash and says what was taken out, and can be checked against it. Pure.

An asciicast version 2 whose header carries, under ``penstock``, the master's SHA-256 and every span that was
removed. Whoever has the master and its key makes the copy again and compares; the master is only read.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from domain.canonical import Json, canonical, text_of
from domain.errors import EvidenceError
from recorder.export.asciicast import Cast, casts_of, version_2
from recorder.format.archive import PIECE_BYTES
from recorder.playback import Playback
from recorder.report import Report, Steps, Verdict

SCHEMA = "penstock-derivative/1"
MICROSECONDS = 1_000_000
LONGEST_REASON = 300
SPAN = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)-(\d{1,6}(?:\.\d{1,6})?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Removed:
    """A span that is left out: microseconds since the start, half-open."""

    start_us: int
    end_us: int

    @staticmethod
    def of(text: str) -> "Removed":
        """``12.5-20``: seconds; EvidenceError for anything that is no span."""
        found = SPAN.fullmatch(text)
        start, end = (_us(one) for one in found.groups()) if found else (0, 0)
        if start >= end:
            raise EvidenceError(
                f"{text!r} is no span of time.", remedy="Write seconds since the start: 12.5-20."
            )
        return Removed(start, end)


@dataclass(frozen=True, slots=True)
class Derivative:
    """What a redacted copy says of itself."""

    session: str
    channel: int
    recording_sha256: str
    removed: tuple[Removed, ...]
    reason: str

    def document(self) -> dict[str, Json]:
        """As the copy's header carries it."""
        return {
            "schema": SCHEMA,
            "session": self.session,
            "channel": self.channel,
            "recording_sha256": self.recording_sha256,
            "removed": [{"start_us": one.start_us, "end_us": one.end_us} for one in self.removed],
            "reason": self.reason,
        }


def redacted(recording: BinaryIO, key: bytes, channel: int, removed: Sequence[Removed], reason: str) -> bytes:
    """The copy of ``channel`` without ``removed``; EvidenceError when the recording does not verify or has no such one."""
    if not reason.strip() or not reason.isprintable() or len(reason) > LONGEST_REASON:
        raise EvidenceError(
            "A redaction has a reason, in one printable line.", remedy="Give it with --because."
        )
    recording.seek(0)
    playback = Playback(recording, key)
    header = playback.reader.header
    casts = casts_of(playback.frames(), header.started_at, f"session {header.session}")
    if not playback.reader.sealed or channel not in casts:
        raise EvidenceError(f"This recording has no channel {channel} with a screen, or is not sealed.")
    spans = tuple(sorted(removed, key=lambda one: one.start_us))
    said = Derivative(header.session, channel, playback.reader.sha256.hex(), spans, reason)
    first, *rest = version_2(_without(casts[channel], said))
    told: dict[str, Json] = json.loads(first)
    return canonical(told | {"penstock": said.document()}) + b"\n" + b"".join(rest)


def read_derivative(data: bytes) -> Derivative:
    """What the copy says of itself; EvidenceError when it is none of ours."""
    try:
        header = json.loads(data.partition(b"\n")[0])
        said = _derivative(header["penstock"])
        more = said.document() != header["penstock"]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise EvidenceError(f"This is no redacted copy: {error!r}.", code="derivative_malformed") from error
    if more:
        raise EvidenceError(
            "This is no redacted copy: it says more than one does.", code="derivative_malformed"
        )
    return said


def verify_derivative(data: bytes, master: BinaryIO | None, key: bytes | None) -> Report:
    """The report on a redacted copy. Without its master, and the master's key, it can't PASS."""
    steps = Steps("redacted copy")
    try:
        said = read_derivative(data)
    except EvidenceError as fault:
        steps.add("derivative", Verdict.FAIL, fault.fact, fault.code)
        return steps.report()
    steps.subject = f"redacted copy of session {said.session}, channel {said.channel}"
    spans = ", ".join(
        f"{one.start_us / MICROSECONDS:g} s to {one.end_us / MICROSECONDS:g} s" for one in said.removed
    )
    steps.add(
        "derivative", Verdict.PASS, f"Without {spans or 'nothing left out'}: {said.reason} (by its own word)."
    )
    if master is None or key is None:
        steps.add(
            "master",
            Verdict.INCOMPLETE,
            f"It is of the recording with SHA-256 {said.recording_sha256}: give that and its key.",
            "master_not_given",
        )
        return steps.report()
    master.seek(0)
    digest = hashlib.sha256()
    while piece := master.read(PIECE_BYTES):
        digest.update(piece)
    found = digest.hexdigest()
    if found != said.recording_sha256:
        steps.add("master", Verdict.FAIL, f"It is of another recording than {found}.", "derivative_other")
        return steps.report()
    steps.add("master", Verdict.PASS, f"The recording that was given is the one that it names: {found}.")
    try:
        again = redacted(master, key, said.channel, said.removed, said.reason)
    except EvidenceError as fault:
        steps.add("made again", Verdict.FAIL, fault.fact, "derivative_differs")
        return steps.report()
    same = again == data
    sentence = (
        "Made again from the master with the same spans left out, it is the same, byte for byte."
        if same
        else "Made again from the master with the same spans left out, it is another: more was changed."
    )
    steps.add(
        "made again", Verdict.PASS if same else Verdict.FAIL, sentence, "" if same else "derivative_differs"
    )
    return steps.report()


def _without(cast: Cast, said: Derivative) -> Cast:
    kept = [
        one for one in cast.events if not any(span.start_us <= one[0] < span.end_us for span in said.removed)
    ]
    marks = [
        (span.start_us, "m", f"left out until {span.end_us / MICROSECONDS:g} s: {said.reason}")
        for span in said.removed
    ]
    return replace(cast, events=tuple(sorted([*kept, *marks], key=lambda one: one[0])))


def _derivative(document: Json) -> Derivative:
    if not isinstance(document, Mapping) or document["schema"] != SCHEMA:
        raise ValueError("its schema is another")
    channel, removed = document["channel"], document["removed"]
    if type(channel) is not int or not isinstance(removed, list):
        raise TypeError("its channel or its spans can't be what they say")
    return Derivative(
        text_of(document["session"]),
        channel,
        text_of(document["recording_sha256"]),
        tuple(_span(one) for one in removed),
        text_of(document["reason"]),
    )


def _span(document: Json) -> Removed:
    if not isinstance(document, Mapping):
        raise TypeError("a span is an object")
    start, end = document["start_us"], document["end_us"]
    if type(start) is not int or type(end) is not int or not 0 <= start < end:
        raise ValueError("a span ends after it begins")
    return Removed(start, end)


def _us(text: str) -> int:
    whole, _, part = text.partition(".")
    return int(whole) * MICROSECONDS + int(part.ljust(6, "0") or "0")
