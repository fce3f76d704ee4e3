"""The console's first byte, with ten thousand permits filed and sessions live."""

import asyncio
import http.client
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import insert

from approvals.filed import columns_of, microseconds
from approvals.tables import HistoryRow, PermitRow
from broker.admission import new_permit_id
from broker.console.guard import COOKIE
from broker.database.engine import open_engine
from broker.people.sessions import ConsoleSessions
from broker.people.tokens import Tokens
from broker.settings import read_settings
from domain.ids import AssetId, PermitId, PersonId
from domain.window import TimeWindow
from tests.bench.bench import Bench
from tests.bench.figures import Bound, Figure, Spread, percentile
from tests.bench.machines import listens
from tests.bench.node import GRANTS, PETRA, Node

PERMITS = 10_000
WAITING = 40
PEOPLE = 100
"""Who asked, in turn."""

IRIS = PersonId("iris")


def first_bytes(bench: Bench, live: int) -> Iterator[Figure]:
    """p95 over the pages that a holder and an auditor look at most."""
    node = bench.node
    one = asyncio.run(_fill(node, 1_000 if bench.quick else PERMITS))
    node.start("console")
    settings = read_settings(node.layout)
    listens(settings.console.port, 60)
    visits = asyncio.run(_visits(node, one))
    context = ssl.create_default_context(cafile=str(node.layout.tls_authority))
    times: dict[str, list[float]] = {path: [] for path in visits}
    line = http.client.HTTPSConnection("localhost", settings.console.port, context=context, timeout=20)
    for number in range(6 if bench.quick else 20):
        for path, headers in visits.items():
            begun = time.monotonic()
            line.request("GET", path, headers=dict(headers))
            answer = line.getresponse()
            if number:  # the first visit of a page fills caches
                times[path].append((time.monotonic() - begun) * 1000)
            body = answer.read()
            if answer.status != 200:
                raise ConnectionError(f"{path}: {answer.status} {body[:200]!r}")
    line.close()
    node.stop("console")
    each = ", ".join(f"{path} {percentile(found, 0.95):.0f}" for path, found in times.items())
    yield Figure(
        f"console first byte p95, {PERMITS if not bench.quick else 1_000} permits, {live} live sessions",
        "ms",
        Spread.of([percentile([one for found in times.values() for one in found], 0.95)]),
        Bound(300, of_ratio=False),
        note=f"p95 of each page in ms: {each}",
    )


async def _visits(node: Node, one: PermitId) -> Mapping[str, Mapping[str, str]]:
    """Paths, each with the headers of somebody who may read it."""
    engine = open_engine(read_settings(node.layout).database_url(node.layout))
    try:
        browsers = ConsoleSessions(engine, node.clock)
        holder, _ = await browsers.open(PETRA, "127.0.0.1", ("password", "totp"))
        auditor, _ = await browsers.open(IRIS, "127.0.0.1", ("password", "totp"))
        token = await Tokens(engine, node.clock).issue(PETRA, "bench", node.clock.now() + timedelta(hours=1))
    finally:
        await engine.dispose()
    petra = {"Cookie": f"{COOKIE}={holder}"}
    return {
        "/queue": petra,
        "/permits": petra,
        f"/permits/{one}": petra,
        "/sessions": petra,
        "/evidence": {"Cookie": f"{COOKIE}={auditor}"},
        "/api/v1/permits": {"Authorization": f"Bearer {token}"},
    }


async def _fill(node: Node, count: int) -> PermitId:
    """File ``count`` permits straight into the database, for speed: a few wait, the rest lapsed. One that waits."""
    rows, steps = [], []
    now = node.clock.now().replace(microsecond=0)
    one = node.permit(AssetId("gateway-1"), GRANTS)
    for number in range(count):
        waits = number >= count - WAITING
        start = now - timedelta(days=1, minutes=count - number) if not waits else now
        permit = replace(
            one,
            id=new_permit_id(),
            person=PersonId(f"engineer-{number % PEOPLE}"),
            nonce=number.to_bytes(16, "big"),
            window=TimeWindow(start, start + timedelta(hours=2)),
            requested_at=start,
        )
        filed_us = microseconds(start)
        state = {"state": "requested", "version": 1} if waits else {"state": "lapsed", "version": 2}
        rows.append(
            columns_of(permit)
            | state
            | {"document": permit.canonical(), "filed_us": filed_us, "door": "console"}
        )
        if not waits:
            steps.append(
                {
                    "permit": permit.id,
                    "version": 2,
                    "before": "requested",
                    "event": "lapse",
                    "after": "lapsed",
                    "by": "clock",
                    "reason": "The window ended.",
                    "at_us": microseconds(permit.window.end),
                }
            )
    engine = open_engine(read_settings(node.layout).database_url(node.layout))
    try:
        async with engine.begin() as work:
            await work.execute(insert(PermitRow), rows)
            await work.execute(insert(HistoryRow), steps)
    finally:
        await engine.dispose()
    return PermitId(str(rows[-1]["id"]))
