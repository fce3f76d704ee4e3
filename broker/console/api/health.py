"""For machines that watch: alive, ready, and a few counts without names."""

import asyncio

from fastapi import Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from approvals.transactions import looking
from broker.console.desk import Desk, desk_of
from broker.console.route import page_router
from domain.errors import EvidenceError

router = page_router()


@router.get("/livez")
async def livez() -> Response:
    """This process answers."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """Whether what the console leans on answers; which part does not is named, nothing more."""
    faults = await _faults(desk_of(request))
    return JSONResponse({"ready": not faults, "faults": faults}, 503 if faults else 200)


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Prometheus text format 0.0.4."""
    desk = desk_of(request)
    faults = await _faults(desk)
    held = await desk.interlocks()
    lines: list[str] = []

    def gauge(name: str, words: str, value: int) -> None:
        lines.extend([f"# HELP {name} {words}", f"# TYPE {name} gauge", f"{name} {value}"])

    if "database" not in faults:
        waiting = len(await desk.parts.approvals.pending())
        gauge("penstock_permits_waiting", "Permits that wait for a decision.", waiting)
    if held.sound:
        gauge("penstock_sessions_live", "Sessions that gates report as live.", len(held.sessions))
        gauge("penstock_scopes_isolated", "Scopes that the kill switch holds closed.", len(held.isolated))
    if "ledger" not in faults:
        size = await asyncio.to_thread(lambda: desk.parts.log.size)
        gauge("penstock_ledger_leaves", "Leaves under the published checkpoint.", size)
    for part in ("database", "ledger", "watchdog"):
        gauge(f"penstock_{part}_up", f"Whether the {part} answers.", int(part not in faults))
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")


async def _faults(desk: Desk) -> list[str]:
    faults: list[str] = []
    try:
        # Only looking: whoever asks is nobody in particular, and must not hold up who decides.
        async with looking(desk.parts.engine).connect() as connection:
            await connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError):
        faults.append("database")
    try:
        await asyncio.to_thread(lambda: desk.parts.log.size)
    except EvidenceError:
        faults.append("ledger")
    if not (await desk.interlocks()).sound:
        faults.append("watchdog")
    return faults
