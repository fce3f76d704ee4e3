"""``python -m recorder``: verify, show, replay and export evidence. No broker, no network, no database.

Exit status: 0 done, or PASS; 1 FAIL; 2 wrong usage, or a file that can't be read; 3 INCOMPLETE.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO

from domain.canonical import Json, instant_of, instant_text
from domain.errors import EvidenceError, PenstockError
from domain.ids import SessionId
from recorder.export.asciicast import PASSAGES, casts_of, version_2, version_3
from recorder.export.redacted import verify_derivative
from recorder.format import payloads
from recorder.format.archive import LOCAL_MARK
from recorder.format.frame import BYTES, Frame, Kind
from recorder.format.header import MAGIC
from recorder.format.keys import unwrap
from recorder.format.reader import Reader, clock_text
from recorder.ledger.note import VerifierKey
from recorder.ledger.policy import Policy
from recorder.playback import Playback
from recorder.replay import RESET, Sanitiser, inert
from recorder.report import Report, Verdict
from recorder.stamps.chain import certificates_in
from recorder.verify import verify_case, verify_recording
from recorder.verify_incident import is_incident, verify_incident
from recorder.verify_stamps import Stamping

STATUS = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INCOMPLETE: 3}
USAGE = 2
MOST_COPY_BYTES = 256 * 1024 * 1024
LONGEST_PAUSE_S = 2.0
"""Replay never waits longer than this between two frames."""


def main(arguments: Sequence[str] | None = None, out: TextIO | None = None) -> int:
    """The command, without the process: its exit status."""
    screen = sys.stdout if out is None else out
    if isinstance(screen, TextIOWrapper):
        screen.reconfigure(errors="backslashreplace")  # a terminal without UTF-8 still shows everything
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace, TextIO], int] = options.run
    try:
        return run(options, screen)
    except PenstockError as error:
        sys.stderr.write(f"recorder: {inert(str(error))}\n")
        return USAGE
    except BrokenPipeError:
        return 0  # whoever read has seen enough


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m recorder", description="Verify and read Penstock's evidence, offline."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    verify = commands.add_parser(
        "verify",
        help="judge a case file or a recording",
        epilog="Example: python -m recorder verify session.zip --key plant.vkey",
    )
    verify.add_argument("file", type=Path, metavar="CASE_FILE")
    verify.add_argument(
        "--key", metavar="FILE", help="the ledger's public key, got by another way (file or text)"
    )
    verify.add_argument(
        "--policy",
        type=Path,
        metavar="FILE",
        help="whose cosignatures must be there as well (C2SP tlog-policy)",
    )
    verify.add_argument(
        "--tsa-roots",
        type=Path,
        metavar="FILE",
        help="whose time-stamp must be there as well: the authority's root, got by another way (PEM)",
    )
    verify.add_argument(
        "--at",
        metavar="INSTANT",
        help="when the time-stamp must still stand (2046-01-31T12:00:00Z); now if left out",
    )
    verify.add_argument("--json", action="store_true", help="print the report as JSON")
    verify.add_argument(
        "--master", type=Path, metavar="FILE", help="of a redacted copy: the .pnr that it names"
    )
    verify.add_argument("--recording-key", type=Path, metavar="FILE", help="of its master: the node's key")
    verify.add_argument("--key-file", type=Path, metavar="FILE", help="of its master: the wrapped key")
    verify.set_defaults(run=_verify)

    for name, help_text, run in (
        ("show", "list what a recording holds", _show),
        ("replay", "play a recording, made harmless", _replay),
        ("export", "write one channel as asciicast", _export),
    ):
        command = commands.add_parser(
            name,
            help=help_text,
            epilog=f"Example: python -m recorder {name} s.pnr --recording-key recording.key",
        )
        command.add_argument(
            "file", type=Path, metavar="FILE", help="a .pnr; its .key is looked for beside it"
        )
        command.add_argument(
            "--recording-key", type=Path, metavar="FILE", help="the node's recording key (32 bytes)"
        )
        command.add_argument("--key-file", type=Path, metavar="FILE", help="the recording's wrapped key")
        command.set_defaults(run=run)
        if name == "show":
            command.add_argument("--json", action="store_true", help="one JSON object per line")
        else:
            command.add_argument(
                "--channel", type=int, help="the channel; the first with a screen if left out"
            )
        if name == "replay":
            command.add_argument("--speed", type=float, default=0.0, help="1 = as it was; 0 = all at once")
        if name == "export":
            command.add_argument("--version", type=int, choices=(2, 3), default=2, help="of asciicast")
            command.add_argument("--typed", action="store_true", help="also what the vendor typed")
    return parser


def _verify(options: argparse.Namespace, out: TextIO) -> int:
    key = None if options.key is None else _ledger_key(options.key)
    with _opened(options.file) as file:
        start = file.read(len(MAGIC))
        file.seek(0)
        if start.startswith(MAGIC):
            report = verify_recording(file)
        elif start.startswith(LOCAL_MARK):
            judge = verify_incident if is_incident(file) else verify_case
            report = judge(file, key, _policy(options.policy), _stamping(options))
        elif start.startswith(b"{"):
            report = _verify_copy(file.read(MOST_COPY_BYTES), options)
        else:
            what = "empty" if not start else "neither a case file nor a recording"
            raise EvidenceError(
                f"{options.file.name} is {what}.", remedy="Give the file as it was handed over."
            )
    _tell(report, out, as_json=options.json)
    return STATUS[report.verdict]


def _verify_copy(data: bytes, options: argparse.Namespace) -> Report:
    if options.master is None or options.recording_key is None:
        return verify_derivative(data, None, None)
    with _opened(options.master) as master:
        session = Reader(master).header.session
        wrapped = options.key_file or options.master.with_name(f"{session}.key")
        key = unwrap(_bytes(wrapped), _bytes(options.recording_key), SessionId(session))
        return verify_derivative(data, master, key)


def _policy(file: Path | None) -> Policy | None:
    if file is None:
        return None
    with _opened(file) as opened:
        return Policy.of(opened.read().decode("utf-8", "replace"), str(file))


def _stamping(options: argparse.Namespace) -> Stamping | None:
    if options.tsa_roots is None:
        return None
    try:
        at = instant_of(options.at) if options.at else datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251 -- the one thing that is asked of now
    except ValueError as error:
        raise EvidenceError(
            f"{options.at!r} is no instant.", remedy="Write it as 2046-01-31T12:00:00Z."
        ) from error
    return Stamping(certificates_in(_bytes(options.tsa_roots)), at)


def _tell(report: Report, out: TextIO, *, as_json: bool) -> None:
    if as_json:
        out.write(json.dumps(report.document(), ensure_ascii=True) + "\n")
    else:
        out.writelines(f"{line}\n" for line in report.lines())


def _show(options: argparse.Namespace, out: TextIO) -> int:
    with _opened(options.file) as file:
        if options.recording_key is None:
            return _show_closed(file, out, as_json=options.json)
        playback = _playback(file, options)
        out.writelines(_frame_line(frame, as_json=options.json) + "\n" for frame in playback.frames())
    return 0


def _show_closed(file: BinaryIO, out: TextIO, *, as_json: bool) -> int:
    """What can be seen without a key: when, how much, in which direction."""
    reader = Reader(file)
    header: Json = {
        "session": reader.header.session,
        "started_at": instant_text(reader.header.started_at),
        "about": reader.header.about,
    }
    out.write((json.dumps(header) if as_json else inert(json.dumps(header, ensure_ascii=False))) + "\n")
    for stored in reader.frames():
        head = stored.head
        if as_json:
            line: Json = {
                "frame": head.sequence,
                "kind": head.kind.name.lower(),
                "channel": head.channel,
                "elapsed_us": head.elapsed_us,
                "bytes": head.plain_bytes,
            }
            out.write(json.dumps(line) + "\n")
        else:
            name = head.kind.name.lower()
            out.write(
                f"{clock_text(head.elapsed_us)}  {head.channel:3}  {name:15} {head.plain_bytes} bytes\n"
            )
    return 0


def _frame_line(frame: Frame, *, as_json: bool) -> str:
    name = frame.kind.name.lower()
    if frame.kind in BYTES:
        text = inert(frame.payload.decode("utf-8", "backslashreplace"))
        told: Json = frame.payload.decode("utf-8", "backslashreplace")
    else:
        told = payloads.read(frame.payload)
        text = inert(json.dumps(told, ensure_ascii=False))
    if as_json:
        return json.dumps(
            {"kind": name, "channel": frame.channel, "elapsed_us": frame.elapsed_us, "payload": told}
        )
    return f"{clock_text(frame.elapsed_us)}  {frame.channel:3}  {name:15} {text}"


def _replay(options: argparse.Namespace, out: TextIO) -> int:
    with _opened(options.file) as file:
        playback = _playback(file, options)
        channel, before = options.channel, 0
        screens = {Kind.TO_VENDOR: Sanitiser(), Kind.TO_VENDOR_ERR: Sanitiser()}
        try:
            for frame in playback.frames():
                if channel is None and _has_screen(frame):
                    channel = frame.channel
                if frame.channel != channel or frame.kind not in screens:
                    continue
                if options.speed > 0:
                    time.sleep(min(LONGEST_PAUSE_S, (frame.elapsed_us - before) / 1e6 / options.speed))
                before = frame.elapsed_us
                out.write(screens[frame.kind].feed(frame.payload))
                out.flush()
            out.writelines(screen.finish() for screen in screens.values())
        finally:
            out.write(RESET + "\n")
    return 0


def _export(options: argparse.Namespace, out: TextIO) -> int:
    with _opened(options.file) as file:
        playback = _playback(file, options)
        header = playback.reader.header
        casts = casts_of(
            playback.frames(), header.started_at, f"session {header.session}", typed=options.typed
        )
    channel: int = next(iter(casts), 0) if options.channel is None else options.channel
    if channel not in casts:
        raise EvidenceError(
            f"This recording has no channel {channel} with a screen.",
            remedy=f"Its channels with one: {', '.join(map(str, casts)) or 'none'}.",
        )
    lines: Iterator[bytes] = (version_2 if options.version == 2 else version_3)(casts[channel])
    out.writelines(line.decode() for line in lines)
    return 0


def _has_screen(frame: Frame) -> bool:
    return frame.kind is Kind.CHANNEL_OPENED and payloads.read(frame.payload).get("passage") in PASSAGES


def _playback(file: BinaryIO, options: argparse.Namespace) -> Playback:
    session = Reader(file).header.session
    file.seek(0)
    if options.recording_key is None:
        raise EvidenceError("What was done is encrypted.", remedy="Give the node's key with --recording-key.")
    wrapped = options.key_file or options.file.with_name(f"{session}.key")
    return Playback(file, unwrap(_bytes(wrapped), _bytes(options.recording_key), SessionId(session)))


def _ledger_key(given: str) -> VerifierKey:
    """The key in a file, or written out: ``name+id+base64`` has two plus signs, a path seldom."""
    path = Path(given)
    text = given if given.count("+") >= 2 and not path.exists() else _bytes(path).decode("utf-8", "replace")
    return VerifierKey.of(text.strip())


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise EvidenceError(f"{path} can't be read: {error.strerror}.") from error


def _bytes(path: Path) -> bytes:
    with _opened(path) as file:
        return file.read(1024 * 1024)
