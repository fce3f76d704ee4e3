"""The view as a document: everything that its numbers were reckoned from, so that they can be reckoned again by hand."""

from collections.abc import Mapping
from datetime import timedelta

from domain.canonical import Json, instant_text
from policies.assurance.baseline import Baseline
from policies.assurance.board import Board, Latency
from policies.assurance.evidence import Item, expires
from policies.assurance.status import Gap
from policies.assurance.view import Counts, Lens, Line, View

SCHEMA = "penstock-assurance/1"


def view_document(
    baseline: Baseline, found: View, lenses: Mapping[str, tuple[Lens, View]]
) -> dict[str, Json]:
    """One span: the numbers of all controls and of each lens, every control, every item of evidence behind it."""
    return {
        "schema": SCHEMA,
        "at": instant_text(found.at),
        "from": instant_text(found.window.start),
        "until": instant_text(found.window.end),
        "zone": found.span.zone or None,
        "vendor": found.span.vendor or None,
        "counts": counts_document(found.counts),
        "lenses": [
            {
                "framework": name,
                "applies": lens.applies,
                "controls": [one.id for one in baseline.answering(name)],
                "tightened": {control: str(every) for control, every in lens.tightened.items()},
                "counts": counts_document(seen.of(one.id for one in baseline.answering(name))),
            }
            for name, (lens, seen) in lenses.items()
        ],
        "controls": [line_document(one) for one in found.lines],
        "evidence": [
            item_document(baseline, one)
            for one in {item.id: item for line in found.lines for item in line.status.items}.values()
        ],
    }


def counts_document(found: Counts) -> dict[str, Json]:
    """The four numbers."""
    return {
        "satisfied": found.satisfied,
        "not_satisfied": found.not_satisfied,
        "not_applicable": found.not_applicable,
        "maturity": {str(level): times for level, times in enumerate(found.levels)},
        "risk": {"accepted": found.accepted, "open": found.open},
        "evidence": {"current": found.current, "stale": found.stale, "missing": found.missing},
    }


def line_document(line: Line) -> dict[str, Json]:
    """One control."""
    found = line.status
    return {
        "control": line.control.id,
        "title": line.control.title,
        "state": str(found.state),
        "maturity": line.maturity,
        "risk": line.treatment,
        "stale": found.stale,
        "checked": line.checked,
        "failed": line.failed,
        "newest": None if line.newest is None else instant_text(line.newest),
        "sessions": found.sessions,
        "gaps": [gap_document(one) for one in found.gaps],
        "accepted": [one.exception for one in found.accepted],
        "evidence": [
            {"id": one.id, "expires": instant_text(found.ends[one.id]) if one.id in found.ends else None}
            for one in found.items
        ],
        "satisfies": {name: list(clauses) for name, clauses in line.control.satisfies.items()},
    }


def gap_document(gap: Gap) -> dict[str, Json]:
    """What is wrong."""
    return {
        "why": str(gap.why),
        "kind": gap.kind,
        "session": gap.session or None,
        "evidence": gap.item or None,
        "since": None if gap.since is None else instant_text(gap.since),
        "detail": gap.detail,
    }


def item_document(baseline: Baseline, item: Item) -> dict[str, Json]:
    """One item of evidence, down to its leaf (requirement G01)."""
    ends = expires(baseline, item)
    return {
        "id": item.id,
        "kind": item.kind,
        "controls": list(item.controls),
        "source": item.source,
        "collector": item.collector,
        "collected": instant_text(item.collected),
        "expires": None if ends is None else instant_text(ends),
        "sha256": item.digest,
        "leaf": item.leaf,
        "subject": item.subject,
        "session": item.session or None,
        "zone": item.zone or None,
        "vendor": item.vendor or None,
        "persons": sorted(item.persons),
        "verified": item.verified,
        "note": item.note,
    }


def board_document(found: Board) -> dict[str, Json]:
    """The board's page."""
    return {
        "schema": "penstock-board/1",
        "at": instant_text(found.at),
        "from": instant_text(found.window.start),
        "executive": found.executive,
        "boundaries": [
            {
                "boundary": one.boundary,
                "answers": one.person,
                "deputy": one.deputy,
                "voids": {"refuse": one.shut, "to_mend": one.weak},
                "exceptions": one.tolerated,
                "stale": one.stale,
                "decisions": _latency(one.latency),
            }
            for one in found.rows
        ],
        "voids": [str(one.sentence) for one in found.shut],
        "exceptions": [one.exception.id for one in found.tolerated],
        "stale": [
            {"kind": kind, "zone": zone or None, "since": instant_text(since)}
            for kind, zone, since in found.stale
        ],
        "decisions": _latency(found.latency),
        "findings": found.findings,
        "counts": counts_document(found.counts),
    }


def _latency(one: Latency) -> Json:
    def seconds(length: timedelta | None) -> int | None:
        return None if length is None else int(length.total_seconds())

    return {
        "decided": one.decided,
        "median_s": seconds(one.median),
        "longest_s": seconds(one.longest),
        "lapsed": one.lapsed,
    }
