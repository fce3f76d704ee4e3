"""Assurance: how the controls stand by zone and framework, down to the leaf, and the board's page."""

import asyncio
from collections.abc import Iterator

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from broker.assurance.export import chosen_lenses, oscal_files, subject_of, zipped
from broker.assurance.reading import Assurance
from broker.console.assurance.looking import SIDES, Looked, assurance_of, look
from broker.console.assurance.said import FORMS, MOST_ROWS, REASONS, STATES, TREATMENTS
from broker.console.desk import desk_of
from broker.console.evidence.views import viewed
from broker.console.guard import visitor_of
from broker.console.pages import page
from broker.console.refusals import RefusalError
from broker.console.roles import Role
from broker.console.route import page_router
from broker.console.voids.routes import report_of
from domain.said import say
from policies.assurance.board import Board, board
from policies.assurance.findings import findings
from policies.charter.tolerated import tolerated
from policies.charter.void import VoidReport

router = page_router()


@router.get("/assurance")
async def show(request: Request, zone: str = "", lens: str = "") -> Response:
    """Every control over one zone or all, through one framework or all."""
    desk, visitor = desk_of(request), visitor_of(request)
    found = await look(desk, zone, lens=lens)
    baseline = found.baseline
    asked = {one.id for one in (baseline.answering(lens) if lens else baseline.controls.values())}
    zones, seen = await asyncio.to_thread(lambda: (found.zones(), found.through(found.lenses)))
    return await page(
        request,
        "assurance/assurance.html",
        visitor,
        found=found,
        zone=zone,
        lens=lens,
        lines=[one for one in found.whole.lines if one.control.id in asked],
        counts=found.whole.of(asked),
        zones={id_: one.of(asked) for id_, one in zones.items()},
        sides={one.id: SIDES.get(one.kind, "") for one in found.charter.zones.values()},
        lenses={
            name: (one, baseline.frameworks[name], view.of(c.id for c in baseline.answering(name)))
            for name, (one, view) in seen.items()
        },
        states=STATES,
        treatments=TREATMENTS,
        takes=Role.AUDITOR in visitor.roles,
    )


@router.get("/assurance/controls/{control}")
async def control(request: Request, control: str, zone: str = "", lens: str = "") -> Response:
    """One control: what is wrong, and every item that it rests on with its leaf."""
    desk = desk_of(request)
    found = await look(desk, zone, lens=lens)
    line = next((one for one in found.whole.lines if one.control.id == control), None)
    if line is None:
        raise RefusalError(
            404, "not_there", say("There is nothing of this name."), say("Look at the page again.")
        )
    items = sorted(line.status.items, key=lambda one: one.collected, reverse=True)
    return await page(
        request,
        "assurance/control.html",
        visitor_of(request),
        found=found,
        line=line,
        items=items[:MOST_ROWS],
        more=max(0, len(items) - MOST_ROWS),
        gaps=line.status.gaps[:MOST_ROWS],
        more_gaps=max(0, len(line.status.gaps) - MOST_ROWS),
        zone=zone,
        lens=lens,
        states=STATES,
        treatments=TREATMENTS,
        reasons=REASONS,
        forms=FORMS,
    )


@router.get("/assurance/board")
async def board_page(request: Request) -> Response:
    """One printed side: voids, exceptions, stale evidence, how long decisions took, and who answers where."""
    desk = desk_of(request)
    found, report = await look(desk), await report_of(desk)
    shown = await asyncio.to_thread(lambda: board_of(found, report, assurance_of(desk)))
    return await page(
        request, "assurance/board.html", visitor_of(request), found=found, board=shown, states=STATES
    )


def board_of(found: Looked, report: VoidReport, assurance: Assurance) -> Board:
    """The board's page of one look. Reckons, so call it off the loop."""
    collected = assurance.collected()
    return board(
        found.charter,
        report,
        tolerated(found.charter, found.at),
        found.zones(),
        tuple(collected.permits.values()),
        findings(tuple(collected.said)),
        found.whole,
    )


@router.get("/assurance/oscal")
async def oscal(request: Request, zone: str = "") -> Response:
    """OSCAL as a zip, which begins at once. That somebody takes it is written down first."""
    desk, visitor = desk_of(request), visitor_of(request)
    found = await look(desk, zone)
    await viewed(desk, visitor, "assurance", "export oscal")

    def made() -> Iterator[bytes]:
        seen = found.through(chosen_lenses(found.lenses, ()))
        yield from zipped(
            oscal_files(
                found.baseline,
                subject_of(found.charter, desk.parts.settings.node),
                found.whole,
                seen,
                tolerated(found.charter, found.at),
            )
        )

    return StreamingResponse(
        made(),  # in a thread, a file at a time
        media_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="oscal.zip"'},
    )
