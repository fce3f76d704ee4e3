"""The API's assurance: how the controls stand with everything behind the numbers, and what the board reads."""

import asyncio
from typing import Annotated

from fastapi import Query, Request
from pydantic import BaseModel

from broker.console.api.route import api_router
from broker.console.assurance.looking import assurance_of, look
from broker.console.assurance.routes import board_of
from broker.console.desk import desk_of
from broker.console.voids.routes import report_of
from policies.assurance.export import board_document, view_document

router = api_router("assurance")


class AssuranceDocument(BaseModel):
    """How every control stands, by lens, with each item of evidence down to its leaf."""

    report: dict[str, object]


class BoardDocument(BaseModel):
    """Per boundary who answers, with voids, exceptions, stale evidence and how long decisions took."""

    report: dict[str, object]


@router.get("/assurance", operation_id="read_assurance")
async def assurance(
    request: Request,
    zone: Annotated[str, Query(max_length=63, description="Only what counts in this zone.")] = "",
    vendor: Annotated[str, Query(max_length=63, description="Only what counts for this vendor.")] = "",
) -> AssuranceDocument:
    """How the controls stand, with everything that the numbers were reckoned from.

    The same document as `penstock assurance show --json`.
    """
    found = await look(desk_of(request), zone, vendor)

    def made() -> dict[str, object]:
        return dict(view_document(found.baseline, found.whole, found.through(found.lenses)))

    return AssuranceDocument(report=await asyncio.to_thread(made))


@router.get("/assurance/board", operation_id="read_board")
async def board(request: Request) -> BoardDocument:
    """What the board reads: per boundary who answers, with voids, exceptions and stale evidence.

    The same document as `penstock assurance board --json`.
    """
    desk = desk_of(request)
    found, report = await look(desk), await report_of(desk)

    def made() -> dict[str, object]:
        return dict(board_document(board_of(found, report, assurance_of(desk))))

    return BoardDocument(report=await asyncio.to_thread(made))
