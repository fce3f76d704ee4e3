"""``penstock evidence``: list, show, replay, search, export, verify. Each look is itself a leaf."""

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import click

from approvals.filed import Filed
from approvals.register import Register
from broker.cli.answer import NO, fail, json_option, node_option, plainly, table, tell
from broker.cli.check_command import check
from broker.cli.custody import handled, viewed
from broker.cli.evidence_key_commands import keys
from broker.cli.incident_command import incident
from broker.cli.node_database import with_database
from broker.cli.reading_commands import index, search
from broker.cli.retention_commands import retention
from broker.cli.review_commands import review, reviews
from broker.cli.store_commands import store
from broker.clock import SystemClock
from broker.layout import Layout
from broker.playback import Playback, playback_of
from broker.reading.transactions import COLUMNS, cells_of, csv_of
from broker.reading.transactions import table as transactions_table
from broker.reading.transactions import transactions as transactions_of
from domain.canonical import Json
from domain.custody_events import Deed
from domain.ids import PermitId, SessionId, is_token
from recorder.custody import custody
from recorder.export.redacted import Removed
from recorder.files import COLUMNS as FILE_COLUMNS
from recorder.files import SessionFiles
from recorder.files import csv_of as files_csv_of
from recorder.ledger.note import VerifierKey
from recorder.ledger.reader import LogReader
from recorder.report import Verdict
from recorder.verify import verify_case

INCOMPLETE = 3
STATUS = {Verdict.PASS: 0, Verdict.FAIL: NO, Verdict.INCOMPLETE: INCOMPLETE}


def _playback(layout: Layout, session: str) -> Playback:
    def filed(permit: PermitId) -> Filed | None:
        return with_database(layout, lambda engine: Register(engine).filed(permit))

    if not is_token(session):
        fail(f"{session!r} is not a session's id.", "See `penstock evidence list`.", status=2)
    found = playback_of(layout, filed, SystemClock(), transactions_table)(SessionId(session))
    if found is None:
        fail(f"This node has no sealed recording of session {session}.", "See `penstock evidence list`.")
    return found


def _listing(command: Callable[..., None]) -> Callable[..., None]:
    """What both lists of a session take: they print, or write a file, which is told with what it is for."""
    for option in (
        plainly,
        json_option,
        node_option,
        click.option("--purpose", default="", help="What for; kept in the custody log."),
        click.option(
            "--csv", "out", type=click.Path(path_type=Path), help="Write them to this new file instead."
        ),
    ):
        command = option(command)
    return command


@click.group()
def evidence() -> None:
    """Find, replay, take away and verify what happened."""


evidence.add_command(check)
evidence.add_command(incident)
evidence.add_command(keys)
evidence.add_command(retention)


@evidence.command("list", epilog="Example: penstock evidence list --json")
@node_option
@json_option
@plainly
def list_sessions(layout: Layout, *, as_json: bool) -> None:
    """Print the sessions that the ledger knows, newest first, and how each ended."""
    viewed(layout, "sessions", "list")
    ended = {
        str(kept.event["session"]): kept.event
        for kept in LogReader(layout.ledger).events()
        if kept.event.get("event") in {"SessionEnded", "SessionInterrupted"}
    }
    opened = [
        kept.event
        for kept in LogReader(layout.ledger).events(newest_first=True)
        if kept.event.get("event") == "SessionOpened"  # an event whose text is gone has no name
    ]
    found = [_summary(one, ended.get(str(one["session"]))) for one in opened]
    rows = [[one["session"], one["person"], one["asset"], one["opened"], one["end"]] for one in found]
    heads = ["session", "person", "asset", "opened", "end"]
    tell(found, table(rows, heads) if rows else ["No session has been opened yet."], as_json=as_json)


def _summary(opened: Mapping[str, Json], ended: Mapping[str, Json] | None) -> dict[str, str]:
    return {
        "session": str(opened["session"]),
        "permit": str(opened["permit"]),
        "person": str(opened["person"]),
        "asset": str(opened["asset"]),
        "opened": str(opened["at"]),
        "end": "open" if ended is None else str(ended.get("cause", "interrupted")),
    }


@evidence.command(epilog="Example: penstock evidence show SESSION")
@click.argument("session")
@node_option
@json_option
@plainly
def show(session: str, layout: Layout, *, as_json: bool) -> None:
    """Print what is known about SESSION: its events, and what can be replayed."""
    playback = _playback(layout, session)
    handled(layout, session, Deed.VIEW, "events and channels")
    events = [
        {"index": kept.index, **kept.event}
        for kept in LogReader(layout.ledger).find(session=session, newest_first=False)
    ]
    casts = playback.casts()
    tell(
        {"session": session, "events": events, "channels": {str(key): title for key, title in casts.items()}},
        [
            *(f"{one['index']:>7}  {one['at']}  {one['event']}" for one in events),
            *(
                f"replay: penstock evidence replay {session} --channel {key}   {title}"
                for key, title in casts.items()
            ),
        ],
        as_json=as_json,
    )


@evidence.command(epilog="Example: penstock evidence replay SESSION --channel 1")
@click.argument("session")
@click.option("--channel", type=int, help="Which channel; else the first that can be replayed.")
@node_option
@plainly
def replay(session: str, channel: int | None, layout: Layout) -> None:
    """Print what SESSION's terminal showed, made inert: no sequence of a target reaches your terminal."""
    playback = _playback(layout, session)
    casts = playback.casts()
    chosen = channel if channel is not None else next(iter(casts), None)
    if chosen is None or chosen not in casts:
        fail("Nothing of this session can be replayed as a terminal.", f"Channels: {list(casts) or 'none'}.")
    handled(layout, session, Deed.REPLAY, f"replay of channel {chosen}")
    for at, code, shown in playback.shown(chosen):
        if code == "o":
            sys.stdout.write(shown)
        elif code == "m":
            sys.stdout.write(f"\r\n[{at / 1_000_000:.1f} s · {shown}]\r\n")
    sys.stdout.write("\x1b[0m\n")


@evidence.command(epilog="Example: penstock evidence transactions SESSION --csv transactions.csv")
@click.argument("session")
@_listing
def transactions(session: str, out: Path | None, purpose: str, layout: Layout, *, as_json: bool) -> None:
    """List what SESSION did over a protocol that the gate reads: each transaction, allowed or refused."""
    playback = _playback(layout, session)
    with playback.opened() as opened:
        started_at = opened.reader.header.started_at
        rows = transactions_of(opened.frames())
    if out is None:
        listed = [cells_of(row, started_at) for row in rows]
        handled(layout, session, Deed.VIEW, "transactions", purpose=purpose)
        found: list[Json] = [dict(zip(COLUMNS, cells, strict=True)) for cells in listed]
        lines = table(
            [[cells[0], cells[1], cells[-2], cells[-1]] for cells in listed],
            ["at", "channel", "outcome", "what"],
        )
        tell(
            found,
            lines if listed else ["No protocol that the gate reads was used in this session."],
            as_json=as_json,
        )
        return
    _as_csv(layout, session, out, "transactions", csv_of(rows, started_at), purpose)
    tell(
        {"file": str(out), "transactions": len(rows)},
        [f"{len(rows)} transactions in {out}."],
        as_json=as_json,
    )


def _as_csv(layout: Layout, session: str, out: Path, what: str, data: bytes, purpose: str) -> None:
    """Write ``data`` to the new file ``out``, once the custody log knows its hash."""
    handled(layout, session, Deed.EXPORT, f"{what}, CSV", purpose=purpose, copy=data)
    _kept(out, data)


@evidence.command("files", epilog="Example: penstock evidence files SESSION --csv files.csv")
@click.argument("session")
@_listing
def list_files(session: str, out: Path | None, purpose: str, layout: Layout, *, as_json: bool) -> None:
    """List the files of SESSION, by the ledger: way, bytes, SHA-256, verdict, who released each, how it ended."""
    if not is_token(session):
        fail(f"{session!r} is not a session's id.", "See `penstock evidence list`.", status=2)
    found = SessionFiles(LogReader(layout.ledger), session)
    if out is None:
        rows = tuple(found.rows())
        handled(layout, session, Deed.VIEW, "files", purpose=purpose)
        heads = ["at", "what", "way", "name", "size", "verdict", "released_by", "outcome", "sha256"]
        cells = [dict(zip(FILE_COLUMNS, one.cells(), strict=True)) for one in rows]
        lines = table([[one[head] for head in heads] for one in cells], heads)
        tell(
            [one.document() for one in rows],
            lines if rows else ["The ledger knows no file of this session."],
            as_json=as_json,
        )
        return
    _as_csv(layout, session, out, "files", b"".join(files_csv_of(found.rows())), purpose)
    tell({"file": str(out), "files": found.count()}, [f"{found.count()} files in {out}."], as_json=as_json)


def _case_file(layout: Layout, playback: Playback, session: str, out: Path, purpose: str) -> None:
    """Write the session's case file to ``out``, which has it once the custody log knows its hash."""
    beside = out.with_name(f".{out.name}.new")
    _kept(out, b"")
    try:
        with beside.open("xb+") as file:
            playback.case_into(file)
            handled(layout, session, Deed.EXPORT, "case file", purpose=purpose, copy=file)
        beside.replace(out)
    except BaseException:
        out.unlink()
        beside.unlink(missing_ok=True)
        raise


def _kept(out: Path, data: bytes) -> None:
    try:
        with out.open("xb") as file:
            file.write(data)
    except FileExistsError:
        fail(f"{out} is there already.", "Name a new file: evidence is not written over.", status=2)


def _chosen(channel: int | None, there: Iterable[int], none: str) -> int:
    """The channel that was asked for, or the first there is."""
    channels = list(there)
    chosen = channel if channel is not None else next(iter(channels), None)
    if chosen is None or chosen not in channels:
        fail(none, f"Channels: {', '.join(map(str, channels)) or 'none'}.")
    return chosen


@evidence.command(epilog="Example: penstock evidence export SESSION case.zip")
@click.argument("session")
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--as", "form", type=click.Choice(["case", "v2", "v3", "pcapng"]), default="case", show_default=True
)
@click.option("--channel", type=int, help="For v2, v3 and pcapng: which channel; else the first.")
@click.option(
    "--without", multiple=True, metavar="FROM-UNTIL", help="For v2: leave these seconds out; may be repeated."
)
@click.option("--because", default="", help="Why they are left out; the copy says so.")
@click.option("--purpose", default="", help="What for; kept in the custody log, with the hash of what left.")
@node_option
@json_option
@plainly
def export(
    session: str,
    out: Path,
    form: str,
    channel: int | None,
    without: tuple[str, ...],
    because: str,
    purpose: str,
    layout: Layout,
    *,
    as_json: bool,
) -> None:
    """Write SESSION's case file, or one channel, to the new file OUT.

    A terminal goes out as asciicast version 2 or 3, a native protocol as pcapng, which Wireshark opens.
    """
    playback = _playback(layout, session)
    if out.exists():
        fail(f"{out} is there already.", "Name a new file: evidence is not written over.", status=2)
    if without and form != "v2":
        fail("Spans are left out of asciicast version 2 alone.", "Give --as v2 with --without.", status=2)
    if form == "case":
        _case_file(layout, playback, session, out, purpose)
        _written(session, out, layout, as_json=as_json)
        return
    if without:
        chosen = _chosen(channel, playback.casts(), "Nothing there can be replayed as a terminal.")
        spans = [Removed.of(one) for one in without]
        what = f"redacted cast of channel {chosen}, without {', '.join(without)} s: {because}"
        data = playback.redacted(chosen, spans, " ".join(because.split()))
    elif form == "pcapng":
        captures = playback.captures()
        chosen = _chosen(channel, captures, "No native protocol crossed there in this session.")
        what, data = f"capture of channel {chosen}, pcapng", playback.capture(chosen)
    else:
        chosen = _chosen(channel, playback.casts(), "Nothing there can be replayed as a terminal.")
        what = f"cast of channel {chosen}, asciicast {form[1]}"
        data = b"".join(playback.cast(chosen, version=int(form[1])))
    handled(layout, session, Deed.EXPORT, what, purpose=purpose, copy=data)
    _kept(out, data)
    _written(session, out, layout, as_json=as_json)


def _written(session: str, out: Path, layout: Layout, *, as_json: bool) -> None:
    size = out.stat().st_size
    tell(
        {"session": session, "file": str(out), "bytes": size},
        [
            f"Wrote {out}, {size} bytes.",
            f"Verify it: python -m recorder verify {out} --key {layout.ledger_vkey}",
        ],
        as_json=as_json,
    )


@evidence.command("custody", epilog="Example: penstock evidence custody SESSION --json")
@click.argument("session")
@node_option
@json_option
@plainly
def show_custody(session: str, layout: Layout, *, as_json: bool) -> None:
    """Print who viewed, replayed, verified or took away SESSION's evidence: when, from where, as what, and what for."""
    if not is_token(session):
        fail(f"{session!r} is not a session's id.", "See `penstock evidence list`.", status=2)
    found = custody(LogReader(layout.ledger), session)
    lines = [
        f"{one.index:>7}  {one.at:%Y-%m-%d %H:%M:%SZ}  {one.deed:8} {one.by} {f'from {one.source} ' if one.source else ''}"
        f"by {one.door or 'console'}: {one.what}"
        + (f"; for: {one.purpose}" if one.purpose else "; purpose not said" if one.deed == "export" else "")
        + (f"; {one.copy_bytes} bytes, SHA-256 {one.copy_sha256}" if one.copy_sha256 else "")
        for one in found
    ]
    tell(
        {"session": session, "custody": [one.document() for one in found]},
        lines or ["Nobody has had this session's evidence."],
        as_json=as_json,
    )


@evidence.command(epilog="Example: penstock evidence verify SESSION")
@click.argument("subject")
@node_option
@json_option
@plainly
def verify(subject: str, layout: Layout, *, as_json: bool) -> None:
    """Verify SUBJECT, a session or a case file, step by step. Exit 0 PASS, 1 FAIL, 3 INCOMPLETE."""
    path = Path(subject)
    if path.is_file():
        key = VerifierKey.of(layout.ledger_vkey.read_text("utf-8", "replace"))
        with path.open("rb") as file:
            report = verify_case(file, key)
    else:
        playback = _playback(layout, subject)
        handled(layout, subject, Deed.VERIFY, "case file, verified here")
        report = playback.verify()
    tell({"report": report.document()}, list(report.lines()), as_json=as_json)
    raise SystemExit(STATUS[report.verdict])


evidence.add_command(search)
evidence.add_command(index)
evidence.add_command(store)
evidence.add_command(reviews)
evidence.add_command(review)
