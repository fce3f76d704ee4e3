"""The console with ten thousand permits filed and sessions live: every page's first byte, and how late the wall is."""

import asyncio
import http.client
import json
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from broker.console.access import Door
from broker.console.api.problems import API
from broker.console.guard import COOKIE
from broker.database.engine import open_engine
from broker.people.sessions import ConsoleSessions
from broker.people.tokens import Tokens
from broker.settings import read_settings
from domain.ids import AssetId, PersonId
from domain.permit import PermitState
from recorder.ledger.reader import LogReader
from recorder.ledger.tiles import WIDTH
from tests.bench.bench import Bench
from tests.bench.figures import Bound, Figure, Spread, percentile
from tests.bench.keystrokes import terminal
from tests.bench.machines import listens
from tests.bench.many import crowd
from tests.bench.node import GRANTS, Node
from tests.bench.peers import run
from tests.broker.console.doors import READERS, STREAMS, Reading, filled, readings
from tests.plenty import file_many

PERMITS = 10_000
WAITING = 40
PEOPLE = ["ana", *(f"engineer-{number}" for number in range(99))]
"""Who asked, in turn."""

LIVE = 200
MOST_MS = 300
QUIET_S = 20
MOST_WALL_MS = 1000

NOT_HERE = frozenset(
    {
        "/charter/impact",
        "/applications/{application}/draft",
        "/evidence/sessions/{session}/transactions",
        "/evidence/sessions/{session}/transactions.csv",
        "/evidence/sessions/{session}/capture/{channel}",
        "/evidence/sessions/{session}/screen/{screen}",
        "/evidence/sessions/{session}/screen/{screen}/stream",
        "/sessions/{session}/picture",
        "/files/{file}",
        "/api/v1/files/{file}",
    }
)
"""What needs a proposed charter, a company that asks to be known, a file in quarantine, or a session over a native protocol or at a
screen: there is none."""

WALL = "/sessions/live"

VISITS = 21
"""To each page, of which the first fills caches and is not counted. Of twenty, the p95 is the last but one; of nineteen it is the slowest, and
the worst page's would be the slowest of some four thousand answers."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One address, with the headers of somebody who may read it."""

    reading: Reading
    address: str
    headers: Mapping[str, str]


def console(bench: Bench) -> Iterator[Figure]:
    """Filled once for all its figures."""
    node, ours = bench.node, bench.peers[0]
    permits, live = (1_000, 60) if bench.quick else (PERMITS, LIVE)
    run(ours.ssh("true", options=["-tt"]), bench.scratch)
    with crowd(bench, ours) as own, _served(node):
        own.grow(live)
        visits = asyncio.run(_visits(node, permits))
        yield _first_bytes(bench, visits, f"{permits:,} permits, {live} live sessions")
        yield _wall(bench, next(one for one in visits if one.reading.path == WALL), live)


@contextmanager
def _served(node: Node) -> Iterator[None]:
    node.start("console")
    try:
        listens(read_settings(node.layout).console.port, 60)
        yield
    finally:
        node.stop("console")


def _line(node: Node) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cafile=str(node.layout.tls_authority))
    port = read_settings(node.layout).console.port
    return http.client.HTTPSConnection("localhost", port, context=context, timeout=QUIET_S)


def _first_bytes(bench: Bench, visits: list[Visit], where: str) -> Figure:
    """The worst page's p95, over everything that can be read and each kind of reader."""
    times: dict[str, list[float]] = {one.reading.name: [] for one in visits}
    line = _line(bench.node)
    for number in bench.rounds(VISITS, 5):
        for one in visits:
            took_ms = _first_byte_ms(bench.node if one.reading.path in STREAMS else line, one)
            if number:  # the first visit of a page fills caches
                times[one.reading.name].append(took_ms)
    line.close()
    each = sorted(((percentile(found, 0.95), name) for name, found in times.items()), reverse=True)
    everything = percentile([one for found in times.values() for one in found], 0.95)
    slowest = ", ".join(f"{name} {p95:.0f}" for p95, name in each[:5])
    return Figure(
        f"console first byte p95, worst of {len(each)} pages and readers, {where}",
        "ms",
        Spread.of([each[0][0]]),
        Bound(MOST_MS, of_ratio=False),
        note=f"p95 of all of them together {everything:.0f} ms, within 100 ms: "
        f"{sum(p95 <= 100 for p95, _ in each)}; the slowest: {slowest}",
    )


def _first_byte_ms(by: Node | http.client.HTTPSConnection, visit: Visit) -> float:
    """Of a stream, on a connection of its own, the first byte of what it says."""
    own = _line(by) if isinstance(by, Node) else None
    if own is not None:
        own.connect()
    line = own or by
    assert isinstance(line, http.client.HTTPSConnection)
    begun = time.monotonic()
    line.request("GET", visit.address, headers=dict(visit.headers))
    answer = line.getresponse()
    try:
        body = answer.readline() if own is not None else b""
    except TimeoutError as error:
        raise ConnectionError(f"{visit.reading.name}: it says nothing for {QUIET_S} s") from error
    took_ms = (time.monotonic() - begun) * 1000
    if own is None:
        body = answer.read()
    else:
        own.close()
    if answer.status not in {200, 303}:
        said = body[body.find(b"<main") :][:400]
        raise ConnectionError(f"{visit.reading.name}: {answer.status} {said!r}")
    return took_ms


def _wall(bench: Bench, visit: Visit, live: int) -> Figure:
    """From what happens to a session until the wall's stream has said so, with everybody typing nothing."""
    line = _line(bench.node)
    line.request("GET", visit.address, headers=dict(visit.headers))
    stream = line.getresponse()
    session = str(_sessions(bench.node)[0]["session"])
    times: list[float] = []
    for _ in bench.rounds(20, 5):
        for do, told in (("pause", True), ("resume", False)):
            begun = time.monotonic()
            bench.node.order(do=do, session=session, by="local:bench", reason="benchmark")
            while (_said(stream, "rows").find("Paused by") >= 0) is not told:
                pass
            times.append((time.monotonic() - begun) * 1000)
    for _ in bench.rounds(10, 3):
        with terminal(bench, bench.peers[0]):
            begun = time.monotonic()
            while int(_said(stream, "live")) <= live:
                pass
            times.append((time.monotonic() - begun) * 1000)
        while int(_said(stream, "live")) > live:
            pass
    line.close()
    p50, p95 = percentile(times, 0.5), percentile(times, 0.95)
    return Figure(
        f"live wall: from a pause, a resume or a new session to the page's stream, {live} live sessions",
        "ms",
        Spread.of([max(times)]),
        Bound(MOST_WALL_MS, of_ratio=False),
        note=f"the longest of {len(times)}; p50 {p50:.0f} ms, p95 {p95:.0f} ms",
    )


def _said(stream: http.client.HTTPResponse, what: str) -> str:
    """The next word of the wall itself; beats are passed over."""
    while (text := stream.readline()) != b"":
        if text == b"event: wall\n":
            told: dict[str, Any] = json.loads(stream.readline().removeprefix(b"data: "))
            return str(told[what])
    raise ConnectionError("the wall's stream has ended")


def _sessions(node: Node) -> list[dict[str, Any]]:
    gates: Any = node.order(do="show")["gates"]
    return [view for gate in gates for view in gate["sessions"]]


async def _visits(node: Node, permits: int) -> list[Visit]:
    """Everything that can be read, by each kind of reader; the permits are filed for it."""
    engine = open_engine(read_settings(node.layout).database_url(node.layout))
    try:
        like = node.permit(AssetId("gateway-1"), GRANTS)
        now = node.clock.now().replace(microsecond=0)
        counts = {PermitState.LAPSED: permits - WAITING, PermitState.REQUESTED: WAITING}
        made = await file_many(engine, like, counts, now, PEOPLE)
        browsers, tokens = ConsoleSessions(engine, node.clock), Tokens(engine, node.clock)
        headers: dict[tuple[str, Door], dict[str, str]] = {}
        for person in set(READERS.values()):
            cookie, _ = await browsers.open(PersonId(person), "127.0.0.1", ("password", "totp"))
            token = await tokens.issue(PersonId(person), "bench", node.clock.now() + timedelta(hours=1))
            headers[person, Door.COOKIE] = {"Cookie": f"{COOKIE}={cookie}"}
            headers[person, Door.TOKEN] = {"Authorization": f"Bearer {token}"}
    finally:
        await engine.dispose()
    waiting = made[PermitState.REQUESTED][0].id
    size = LogReader(node.layout.ledger).size
    places = {
        "permit": waiting,
        "channel": "1",
        "user_id": "ana",
        "path": "000" if size > WIDTH else f"000.p/{size}",
    }
    live = places | {"session": str(_sessions(node)[0]["session"])}
    over = places | {"session": _ended(node)}
    return [
        Visit(
            one,
            filled(one.path, over if "/evidence/" in one.path else live),
            headers[one.person, one.door],
        )
        for one in readings()
        if one.path.removeprefix(API) not in NOT_HERE
    ]


def _ended(node: Node) -> str:
    """The session that ended last, once its recording is sealed."""
    end_s = time.monotonic() + 30
    log = LogReader(node.layout.ledger)
    while (found := next(log.find(event="SessionEnded", newest_first=True), None)) is None:
        if time.monotonic() > end_s:
            raise TimeoutError("no session ended")
        time.sleep(0.1)
    return str(found.event["session"])
