"""``penstock evidence incident``: everything about an incident, in one zip that stands alone."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from approvals.filed import Filed
from approvals.register import Register
from broker.charter.in_force import charter_now
from broker.cli.answer import fail, json_option, node_option, plainly, tell
from broker.cli.custody import handled
from broker.cli.node_database import with_database
from broker.clock import SystemClock
from broker.layout import Layout
from broker.playback import playback_of
from domain.canonical import Json, instant_of, text_in, texts_in
from domain.custody_events import Deed
from domain.events import ENDS
from domain.ids import PermitId, SessionId
from recorder.export.incident_pack import write_incident
from recorder.ledger.reader import LogReader

AROUND = frozenset(
    {
        "Isolated",
        "Restored",
        "StateChanged",
        "GlassBroken",
        "GlassReviewed",
        "ClockStepped",
        "EvidenceFaultFound",
    }
)
"""What happens to the plant and not to a session; it belongs to the timeline of its time."""


@click.command(
    "incident",
    epilog="Example: penstock evidence incident pack.zip --vendor brightwater --from 2026-11-01T00:00:00Z",
)
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--session", "sessions", multiple=True, help="This session; may be repeated.")
@click.option("--vendor", default="", help="All sessions of this vendor's people.")
@click.option(
    "--from", "begin", default="", metavar="INSTANT", help="Only sessions that were open then or later."
)
@click.option("--until", "end", default="", metavar="INSTANT", help="Only sessions that were opened before.")
@click.option("--purpose", default="", help="What for; kept in each session's custody log.")
@node_option
@json_option
@plainly
def incident(
    out: Path,
    sessions: tuple[str, ...],
    vendor: str,
    begin: str,
    end: str,
    purpose: str,
    layout: Layout,
    *,
    as_json: bool,
) -> None:
    """Write the new file OUT: the case files of the sessions that are meant, and the timeline around them."""
    if out.exists():
        fail(f"{out} is there already.", "Name a new file: evidence is not written over.", status=2)
    since, until = _instant(begin), _instant(end)
    if not (sessions or vendor or since or until):
        fail("Which sessions?", "Give --session, --vendor, --from or --until.", status=2)
    log, clock = LogReader(layout.ledger), SystemClock()
    opened, ended = _sessions(log)
    people = {str(one.id) for one in charter_now(layout).people.values() if one.vendor == vendor}
    meant = {
        session: event
        for session, event in opened.items()
        if (not sessions or session in sessions)
        and (not vendor or text_in(event, "person") in people)
        and (until is None or instant_of(text_in(event, "at")) < until)
        and (since is None or session not in ended or instant_of(text_in(ended[session], "at")) >= since)
    }

    def filed(permit: PermitId) -> Filed | None:
        return with_database(layout, lambda engine: Register(engine).filed(permit))

    found = {one: playback_of(layout, filed, clock)(SessionId(one)) for one in sorted(meant)}
    lacking = sorted({*(one for one, it in found.items() if it is None), *(set(sessions) - opened.keys())})
    with TemporaryDirectory(dir=out.resolve().parent) as beside, out.open("xb") as file:
        cases: dict[str, Path] = {}
        for session, playback in found.items():
            if playback is not None:
                cases[session] = Path(beside) / f"{session}.zip"
                with cases[session].open("wb") as made:
                    playback.case_into(made)
        try:
            about = _about(sessions, vendor, begin, end, lacking)
            leaves = set(_leaves(log, {one: meant[one] for one in cases}, ended))
            write_incident(
                file, about, cases, leaves, log, layout.ledger_vkey.read_text("utf-8"), clock.now()
            )
            for session, path in cases.items():
                with path.open("rb") as copy:
                    handled(
                        layout,
                        session,
                        Deed.EXPORT,
                        "case file, in an incident pack",
                        purpose=purpose,
                        copy=copy,
                    )
        except BaseException:
            out.unlink()
            raise
    lines = [f"Wrote {out}: {len(cases)} sessions, {len(leaves)} events."]
    lines += [f"Not in it, for there is no sealed recording of it here: {one}" for one in lacking]
    lines.append(f"Verify it: python -m recorder verify {out} --key {layout.ledger_vkey}")
    tell(
        {"file": str(out), "sessions": sorted(cases), "lacking": lacking, "events": len(leaves)},
        lines,
        as_json=as_json,
    )


Events = Mapping[str, Mapping[str, Json]]


def _sessions(log: LogReader) -> tuple[Events, Events]:
    opened: dict[str, Mapping[str, Json]] = {}
    ended: dict[str, Mapping[str, Json]] = {}
    for kept in log.find(event=("SessionOpened", *ENDS), newest_first=False, limit=10_000_000):
        kind = opened if kept.event.get("event") == "SessionOpened" else ended
        kind[text_in(kept.event, "session")] = kept.event
    return opened, ended


def _leaves(log: LogReader, meant: Events, ended: Events) -> Iterator[int]:
    """About the sessions, their permits, and the plant meanwhile."""
    permits = {text_in(one, "permit") for one in meant.values()}
    starts = [instant_of(text_in(one, "at")) for one in meant.values()]
    ends = [instant_of(text_in(ended[one], "at")) for one in meant if one in ended]
    for kept in log.events():
        event = kept.event
        about = text_in(event, "session") in meant or text_in(event, "permit") in permits
        named = about or bool(permits & set(texts_in(event, "agreed")))
        if not named and event.get("event") in AROUND and starts and ends:
            named = min(starts) <= instant_of(text_in(event, "at")) <= max(ends)
        if named and event.get("event") != "SessionHeartbeat":
            yield kept.index


def _about(sessions: tuple[str, ...], vendor: str, begin: str, end: str, lacking: list[str]) -> str:
    parts = [
        f"{len(sessions)} named sessions" if sessions else "",
        f"vendor {vendor}" if vendor else "",
        f"from {begin}" if begin else "",
        f"until {end}" if end else "",
        f"without {', '.join(lacking)}, of which the node had no sealed recording" if lacking else "",
    ]
    return "; ".join(one for one in parts if one)


def _instant(text: str) -> datetime | None:
    try:
        return instant_of(text) if text else None
    except ValueError:
        fail(f"{text!r} is no instant.", "Write it as 2026-11-01T12:00:00Z.", status=2)
