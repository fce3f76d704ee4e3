"""``penstock assurance``: how the plant stands against its controls, zone by zone and framework by framework."""

from collections.abc import Sequence
from pathlib import Path

import click

from broker.assurance.export import chosen_lenses, oscal_files, subject_of
from broker.cli.answer import fail, json_option, local_name, node_option, plainly, table, tell
from broker.cli.assured import Assured, known
from broker.layout import Layout
from domain.events import EvidenceViewed
from policies.assurance.board import Board, Latency, board
from policies.assurance.evidence import Span
from policies.assurance.export import board_document, line_document, view_document
from policies.assurance.findings import findings
from policies.assurance.status import Gap
from policies.assurance.view import Counts, Line, through, view
from policies.charter.tolerated import tolerated
from policies.charter.void import void_report


class Words(click.Group):
    """Knows the commands that add evidence without loading them before they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Its own, then those that add."""
        return [*super().list_commands(ctx), *ADDING]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The one of this name."""
        if cmd_name in ADDING:
            from broker.cli import assurance_adding  # noqa: PLC0415 - only when it is asked for

            found: click.Command = getattr(assurance_adding, ADDING[cmd_name])
            return found
        return super().get_command(ctx, cmd_name)


ADDING = {
    "documents": "list_documents",
    "take": "take",
    "end": "end",
    "look": "look",
    "note": "note",
    "accept": "accept",
    "findings": "list_findings",
    "raise": "raise_finding",
    "close": "close",
}


@click.group(cls=Words)
def assurance() -> None:
    """See how the plant stands against its controls; add evidence that no session gives."""


@assurance.command(epilog="Example: penstock assurance show --zone operations --lens NIS2")
@click.option("--zone", default="", help="Only what counts in this zone.")
@click.option("--vendor", default="", help="Only what counts for this vendor.")
@click.option("--lens", default="", help="Only the controls that this framework looks at, by its periods.")
@click.option("--control", default="", help="One control, down to the leaves that it rests on.")
@node_option
@json_option
@plainly
def show(layout: Layout, zone: str, vendor: str, lens: str, control: str, *, as_json: bool) -> None:
    """Print how every control stands: state, maturity, risk, and what is wrong with its evidence."""
    node = Assured(layout)
    baseline, every = node.baseline, node.lenses()
    known("zone", zone, node.charter.zones)
    known("vendor", vendor, node.charter.vendors)
    known("framework", lens, every)
    known("control", control, baseline.controls)
    evidence = node.evidence()
    tightened = every[lens].tightened if lens else {}
    found = view(
        baseline, evidence, Span(zone, vendor), node.now, tightened=tightened, reporting=node.reporting
    )
    seen = (
        {lens: (every[lens], found)}
        if lens
        else through(baseline, evidence, found, every, reporting=node.reporting)
    )
    asked = {one.id for one in (baseline.answering(lens) if lens else baseline.controls.values())}
    lines = [one for one in found.lines if one.control.id in ({control} if control else asked)]
    tell(
        {**view_document(baseline, found, seen), "controls": [line_document(one) for one in lines]},
        _one(lines[0]) if control else [*_all(lines), "", *_numbers(found.of(asked))],
        as_json=as_json,
    )


@assurance.command(epilog="Example: penstock assurance export oscal --zone operations --lens CAF --lens NIS2")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--zone", default="", help="Only what counts in this zone.")
@click.option("--vendor", default="", help="Only what counts for this vendor.")
@click.option(
    "--lens", "names", multiple=True, help="A framework; again for more. Else those that apply, or all."
)
@node_option
@json_option
@plainly
def export(
    layout: Layout, folder: Path, zone: str, vendor: str, names: tuple[str, ...], *, as_json: bool
) -> None:
    """Write OSCAL 1.2.3 into FOLDER, which must not be there: results, the plan they import, the catalog."""
    node = Assured(layout)
    every = node.lenses()
    known("zone", zone, node.charter.zones)
    known("vendor", vendor, node.charter.vendors)
    for name in names:
        known("framework", name, every)
    chosen = chosen_lenses(every, names)
    evidence = node.evidence()
    node.append(EvidenceViewed(at=node.now, subject="assurance", by=local_name(), how="export oscal"))
    found = view(node.baseline, evidence, Span(zone, vendor), node.now, reporting=node.reporting)
    seen = through(node.baseline, evidence, found, chosen, reporting=node.reporting)
    written = dict(
        oscal_files(
            node.baseline,
            subject_of(node.charter, node.settings.ledger.origin),
            found,
            seen,
            tolerated(node.charter, node.now),
        )
    )
    try:
        folder.mkdir()
    except FileExistsError:
        fail(f"{folder} is there already.", "Name a folder that is not.")
    for name, data in written.items():
        (folder / name).write_bytes(data)
    tell(
        {"folder": str(folder), "files": list(written), "lenses": list(chosen)},
        [f"{folder / name}" for name in written],
        as_json=as_json,
    )


@assurance.command("board", epilog="Example: penstock assurance board --json")
@node_option
@json_option
@plainly
def board_command(layout: Layout, *, as_json: bool) -> None:
    """Print what the board reads: who answers for each boundary, voids, exceptions, stale evidence, decisions."""
    node = Assured(layout)
    evidence, read = node.evidence(), node.collected()
    whole = view(node.baseline, evidence, Span(), node.now, reporting=node.reporting)
    zones = {
        str(zone): view(node.baseline, evidence, Span(zone), node.now, reporting=node.reporting)
        for zone in node.charter.zones
    }
    found = board(
        node.charter,
        void_report(node.charter, node.now),
        tolerated(node.charter, node.now),
        zones,
        read.permits.values(),
        findings(read.said),
        whole,
    )
    tell(board_document(found), _board_lines(found), as_json=as_json)


def _board_lines(found: Board) -> list[str]:
    rows = [
        [
            one.boundary,
            one.person or "nobody",
            str(one.shut),
            str(one.tolerated),
            str(one.stale),
            _waited(one.latency),
        ]
        for one in found.rows
    ]
    stale = [
        f"{kind} in {zone or 'all zones'} is stale since {since:%Y-%m-%d}."
        for kind, zone, since in found.stale
    ]
    heads = ["boundary", "answers", "voids", "exceptions", "stale", "until a decision"]
    return [*table(rows, heads), "", *stale, *_numbers(found.counts), f"{found.findings} findings are open."]


def _waited(one: Latency) -> str:
    lapsed = f", {one.lapsed} lapsed" if one.lapsed else ""
    return f"{one.median} (at most {one.longest}){lapsed}" if one.decided else f"-{lapsed}"


def _all(lines: Sequence[Line]) -> list[str]:
    rows = [
        [
            one.control.id,
            str(one.status.state) + (" (stale)" if one.status.stale else ""),
            "-" if one.maturity is None else str(one.maturity),
            one.treatment,
            f"{one.checked - one.failed}/{one.checked}",
            one.control.title,
        ]
        for one in lines
    ]
    return table(rows, ["control", "state", "level", "risk", "passed", "what it asks"])


def _numbers(found: Counts) -> list[str]:
    return [
        f"{found.satisfied} satisfied, {found.not_satisfied} not, {found.not_applicable} not applicable.",
        f"Of what is not, {found.accepted} accepted by an exception, {found.open} open.",
        f"Evidence: {found.current} of {found.needed} kinds current, {found.stale} stale, {found.missing} missing.",
    ]


def _one(line: Line) -> list[str]:
    """A control down to its leaves."""
    ends = line.status.ends
    rows = [
        [
            one.kind,
            one.source,
            f"{one.collected:%Y-%m-%d %H:%M}",
            f"{ends[one.id]:%Y-%m-%d %H:%M}" if one.id in ends else "with its session",
            "yes" if one.verified else f"no: {one.note}",
            one.subject,
        ]
        for one in line.status.items
    ]
    return [
        f"{line.control.id} {line.control.title}: {line.status.state}.",
        *(f"  {_gap(one)}" for one in line.status.gaps),
        *table(rows, ["evidence", "source", "collected", "until", "verifies", "about"]),
    ]


def _gap(gap: Gap) -> str:
    where = f" for session {gap.session}" if gap.session else ""
    since = f" since {gap.since:%Y-%m-%d %H:%M} UTC" if gap.since is not None else ""
    return f"{gap.kind}: {gap.why}{where}{since}{f' ({gap.detail})' if gap.detail else ''}"
