"""The void report: where nobody may decide, or nobody else could, and who is told of it when."""

import asyncio
from datetime import timedelta

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from broker.charter_age import in_effect_since
from broker.console.desk import Desk, desk_of
from broker.console.guard import guard, visitor_of
from broker.console.pages import page
from policies.charter.void import VoidReport, void_report
from policies.charter.void_export import report_csv, report_document

router = APIRouter(dependencies=[Depends(guard)], include_in_schema=False)

AHEAD = timedelta(days=30)
"""How early a right that will lapse is told: time enough to name somebody."""


@router.get("/voids")
async def show(request: Request) -> Response:
    """The matrix of this instant, and what comes within a month when nobody acts."""
    desk = desk_of(request)
    report = await _report(desk)
    charter, now = desk.parts.charter(), report.at
    today = {(one.kind, one.right, one.boundary) for one in report.voids}
    ahead = void_report(charter, now + AHEAD)
    coming = [one for one in ahead.voids if one.refuses and (one.kind, one.right, one.boundary) not in today]
    return await page(
        request,
        "voids/voids.html",
        visitor_of(request),
        report=report,
        coming=coming,
        names=charter.names(),
        days=AHEAD.days,
    )


@router.get("/voids.csv")
async def as_csv(request: Request) -> Response:
    """The voids for a spreadsheet; no cell of it is a formula."""
    desk = desk_of(request)
    text = report_csv(await _report(desk), desk.parts.charter().names())
    return Response(text, media_type="text/csv; charset=utf-8", headers=_saved("voids.csv"))


@router.get("/voids.json")
async def as_json(request: Request) -> Response:
    """The whole matrix for a machine."""
    desk = desk_of(request)
    document = report_document(await _report(desk), desk.parts.charter().names())
    return JSONResponse(document, headers=_saved("voids.json"))


async def _report(desk: Desk) -> VoidReport:
    charter = desk.parts.charter()
    loaded = await asyncio.to_thread(in_effect_since, desk.parts.log, charter.digest)
    return void_report(charter, desk.parts.clock.now(), loaded=loaded)


def _saved(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
