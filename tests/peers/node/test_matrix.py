"""Every passage under everything that can be wrong: what the client saw, what the ledger says, what reached the target.

One generated test: tests/matrix has the rows, the columns and what each cell has to be; docs/matrix.md shows it.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncssh
import pytest
import pytest_asyncio

from domain.errors import DecisionError
from recorder.ledger.reader import LogReader
from tests.matrix.attempts import Forward, Jump, Letters, Open, Place, Program, Seen
from tests.matrix.conditions import Stage, method_of
from tests.matrix.expected import FORBIDDEN, At, Cell, Condition, expected
from tests.matrix.passages import ROWS, Row
from tests.matrix.plant import BROWSED, Target, Yard
from tests.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")

LEDGER_S = 30
REFUSALS = {"PassageRefused", "RequestRefused", "CertificateRefused"}
Connections = Mapping[str, asyncssh.SSHClientConnection]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(plant: Node, yard: Yard) -> Stage:
    """The node with every permit that the columns need."""
    made = Stage(plant, yard)
    await made.set_up()
    return made


@pytest.mark.parametrize("condition", Condition)
async def test_each_passage_is_refused_as_it_is_written_and_nothing_reaches_the_target(
    stage: Stage, condition: Condition
) -> None:
    """C03, C04, C12: eight things that can be wrong, and every way that a client can ask for."""
    first, before = _size(stage.plant), stage.yard.seen()
    wanted = {row: expected(row, condition) for row in ROWS}
    async with stage.wrong(condition) as whom, stage.connections(whom) as connections:
        if condition is Condition.REVOKED:
            seen = await _revoked(stage, connections, wanted)
        else:
            seen = dict(
                zip(
                    ROWS,
                    await asyncio.gather(
                        *(_tried(stage, whom, connections, row, wanted[row]) for row in ROWS)
                    ),
                    strict=True,
                )
            )
        await _leaves(stage, whom, first, wanted)
    assert {row.name: seen[row] for row in ROWS} == {
        row.name: Seen(cell.status, cell.code if cell.told else "") for row, cell in wanted.items()
    }
    reached = {_target(row) for row, cell in wanted.items() if cell.at in {At.INSIDE, At.END}}
    after = stage.yard.seen()
    assert {where for where in after if after[where] != before[where]} <= reached
    assert not any(one.open for one in stage.yard.targets.values())


async def _tried(stage: Stage, whom: str, connections: Connections, row: Row, cell: Cell) -> Seen:
    if cell.at is At.ASKING:
        return await _asked(stage, whom, row)
    if cell.at is At.CERTIFICATE:
        return await _uncertified(stage, whom)
    if cell.at is At.INSIDE:
        assert isinstance(row.how, Forward | Letters)
        target: Target = stage.yard.targets[_target(row)]
        seen = await row.how.acted(_place(stage, connections, row), target.reached)
        async with asyncio.timeout(LEDGER_S):
            while target.open:
                await asyncio.sleep(0.02)
        return seen
    how = row.how
    if row.asset == BROWSED and isinstance(how, Program) and whom == "elsewhere":
        how = Jump(how)  # a tab is for the asset of its permit: from there it would have to jump
    return await how.tried(_place(stage, connections, row))


async def _uncertified(stage: Stage, whom: str) -> Seen:
    try:
        async with stage.tab(whom):
            return Seen(-1, "", through=True)
    except DecisionError as error:
        return Seen(-1, error.code)


async def _asked(stage: Stage, whom: str, row: Row) -> Seen:
    """Ask for a permit to do what the conduit does not let this be used for."""
    start = datetime.now(UTC).replace(microsecond=0)
    answer = await stage.plant.api(
        stage.people[whom],
        "POST",
        "/permits",
        {
            "asset": f"{row.asset}-1",
            "grants": [_asked_for(stage, row)],
            "actions": ["override"],
            "start": start.isoformat(),
            "end": (start + timedelta(hours=1)).isoformat(),
            "purpose": "Replace the drive profile",
            **method_of(row.asset),
        },
    )
    return Seen(answer.status_code, str(answer.json().get("code")), through=answer.status_code != FORBIDDEN)


async def _revoked(stage: Stage, connections: Connections, wanted: Mapping[Row, Cell]) -> dict[Row, Seen]:
    """Open all that can be opened, try the rest, and take the permits away under it."""
    ending = [row for row, cell in wanted.items() if cell.at is At.END]
    opened: list[Open] = await asyncio.gather(
        *(row.how.held(_place(stage, connections, row)) for row in ending)  # type: ignore[union-attr]
    )
    seen = {row: await row.how.tried(_place(stage, connections, row)) for row in ROWS if row not in ending}
    targets = {_target(row) for row in ending}
    async with asyncio.timeout(LEDGER_S):
        while not all(stage.yard.targets[one].open for one in targets):
            await asyncio.sleep(0.02)
    await stage.revoke()
    ends = await asyncio.gather(*(one.ended() for one in opened))
    async with asyncio.timeout(LEDGER_S):
        while any(one.open for one in stage.yard.targets.values()):
            await asyncio.sleep(0.02)
    return seen | dict(zip(ending, ends, strict=True))


async def _leaves(stage: Stage, whom: str, first: int, wanted: Mapping[Row, Cell]) -> None:
    """Wait for one leaf for each cell."""
    due = Counter(_leaf(stage, row, cell) for row, cell in wanted.items() if cell.at is not At.END)
    ended = {stage.permits[whom][row.asset] for row, cell in wanted.items() if cell.at is At.END}
    missing: object = due
    for _ in range(LEDGER_S * 10):
        kept = [dict(one.event) for one in LogReader(stage.plant.layout.ledger).events(first)]
        mine = [one for one in kept if one.get("person") == stage.people[whom]]
        here = Counter(_as_leaf(one) for one in mine if one["event"] in REFUSALS)
        over = {one["permit"] for one in kept if one["event"] == "SessionEnded" and one["cause"] == "revoked"}
        missing = (due - here, ended - over)
        if missing == (Counter(), set()):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"the ledger does not say: {missing}")


def _leaf(stage: Stage, row: Row, cell: Cell) -> tuple[str, str, str]:
    if cell.at is At.ASKING:
        return _asked_for(stage, row), f"{row.asset}-1", cell.code
    if cell.at is At.CERTIFICATE:
        return "certificate", "", cell.code
    name = "exec" if isinstance(row.how, Letters) and cell.at is At.INSIDE else row.leaf or str(row.kind)
    if row.grant == "forward":
        name = f"{name}:{_port(stage, row)}"
    elsewhere = isinstance(row.how, Forward) and row.how.to is not None
    return name, "" if elsewhere else f"{row.asset}-1", cell.code


def _as_leaf(event: Mapping[str, Any]) -> tuple[str, str, str]:
    if event["event"] == "CertificateRefused":
        return "certificate", "", event["code"]
    passage = event["passage"]
    return passage if isinstance(passage, str) else ", ".join(passage), event["asset"], event["code"]


def _asked_for(stage: Stage, row: Row) -> str:
    return f"{row.grant}:{_port(stage, row)}" if row.grant == "forward" else row.grant


def _target(row: Row) -> tuple[str, str]:
    return f"{row.asset}-1", str(row.protocol)


def _place(stage: Stage, connections: Connections, row: Row) -> Place:
    return Place(connections[row.asset], f"{row.asset}-1", _port(stage, row))


def _port(stage: Stage, row: Row) -> int:
    return stage.yard.port(row.asset, str(row.protocol)) if row.protocol is not None else 0


def _size(plant: Node) -> int:
    return LogReader(plant.layout.ledger).size
