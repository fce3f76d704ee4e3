"""A node's ledger and real witnesses over HTTP: what is brought, what is kept, and what stops the signer."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broker.demo.ports import free_port
from broker.witness.app import create_app
from broker.witness.asking import FRESH, PACE, SILENT_AFTER, Asking, read_policy, read_witnessed
from broker.witness.memory import WitnessFolder
from broker.witness.service import Witness
from domain.errors import ConfigError, EvidenceError
from domain.events import Event, HeadUnwitnessed
from recorder.ledger.log import Log
from recorder.ledger.note import Note
from recorder.ledger.reader import LogReader
from tests.clock import FrozenClock
from tests.node_clients import listens
from tests.recorder.ledger.logs import BEGAN, ORIGIN, SIGNER, batch, copied, memory_of, new_log, reopened


@asynccontextmanager
async def served(app: Starlette) -> AsyncIterator[str]:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None))
    serving = asyncio.create_task(server.serve())
    await listens(port)
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.should_exit = True
        await serving


@dataclass
class Plant:
    """A log, the clock and the asking; ``told`` are the leaves that it asked for."""

    folder: Path
    clock: FrozenClock = field(default_factory=lambda: FrozenClock(BEGAN))
    told: list[Event] = field(default_factory=list)
    log: Log = field(init=False)
    asking: Asking = field(init=False)

    def __post_init__(self) -> None:
        self.log = reopened(new_log(self.folder / "ledger", 3))
        self.begin()

    def begin(self) -> None:
        self.asking = Asking(
            self.folder / "witness.policy",
            self.folder / "witnessed" / "checkpoint",
            LogReader(self.folder / "ledger"),
            self.compare,
            self,
            self.clock,
            timeout_s=5,
        )

    async def append(self, event: Event) -> int:
        self.told.append(event)
        return len(self.told)

    async def compare(self, head: str) -> int:
        if not self.log.holds(head.encode()):
            raise EvidenceError(self.log.dead)
        return self.log.size

    def grow(self, size: int) -> None:
        self.log.append(batch(self.log.size, size))

    def witnessed(self) -> tuple[int, tuple[str, ...]] | None:
        policy = read_policy(self.folder / "witness.policy")
        assert policy is not None
        found = read_witnessed(policy, self.folder / "witnessed" / "checkpoint")
        return None if found is None else (found.head.size, found.witnesses)


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    return Plant(tmp_path)


Open = Callable[..., Awaitable[tuple[WitnessFolder, str]]]


@pytest.fixture
async def witnesses(tmp_path: Path, plant: Plant) -> AsyncIterator[Open]:
    """Opens a witness under a name; its folder and address. The policy names all that were opened, two of them enough."""
    async with AsyncExitStack() as stack:
        lines: list[str] = []

        async def opened(name: str, *, address: str = "") -> tuple[WitnessFolder, str]:
            here = WitnessFolder(tmp_path / name)
            here.found(f"{name}.example/witness")
            here.policy_file.write_text(f"log {SIGNER.key.text()}\nquorum none\n")
            witness = Witness(here, plant.clock)
            url = address or await stack.enter_async_context(served(create_app(witness)))
            lines.append(f"witness {name} {witness.cosigners[0].key.text()} {url}")
            members = " ".join(line.split()[1] for line in lines)
            least = min(2, len(lines))
            policy = [f"log {SIGNER.key.text()}", *lines, f"group enough {least} {members}", "quorum enough"]
            (tmp_path / "witness.policy").write_text("\n".join(policy) + "\n")
            return here, url

        yield opened


async def test_without_a_policy_nobody_is_asked(plant: Plant) -> None:
    assert await plant.asking.step() is None
    (plant.folder / "witness.policy").write_text(f"log {SIGNER.key.text()}\nquorum none\n")
    assert await plant.asking.step() is None
    assert not (plant.folder / "witnessed").exists()


async def test_f06_a_head_is_kept_once_enough_witnesses_vouch_and_each_new_one_is_brought(
    plant: Plant, witnesses: Open
) -> None:
    """F06: two witnesses in separate custody, each new head with a proof from the one before."""
    await witnesses("corporate")
    await witnesses("vendor")
    found = await plant.asking.step()
    assert found is not None
    assert (found.head.size, found.witnesses, found.at) == (3, ("corporate", "vendor"), BEGAN)
    assert plant.witnessed() == (3, ("corporate", "vendor"))
    for size in (4, 256, 700):
        plant.grow(size)
        plant.clock.advance(PACE)
        await plant.asking.step()
        assert plant.witnessed() == (size, ("corporate", "vendor"))
    assert [(one.size, one.trouble) for one in plant.asking.answers] == [(700, ""), (700, "")]
    assert plant.told == []


async def test_it_goes_on_where_the_witnesses_are_after_a_restart(plant: Plant, witnesses: Open) -> None:
    await witnesses("corporate")
    await plant.asking.step()
    plant.grow(40)
    plant.begin()
    await plant.asking.step()
    assert plant.witnessed() == (40, ("corporate",))


async def test_heads_are_brought_at_a_pace_and_again_when_they_are_old(plant: Plant, witnesses: Open) -> None:
    await witnesses("corporate")
    await plant.asking.step()
    plant.grow(5)
    await plant.asking.step()
    assert plant.witnessed() == (3, ("corporate",))
    plant.clock.advance(PACE)
    await plant.asking.step()
    assert plant.witnessed() == (5, ("corporate",))
    plant.clock.advance(FRESH)
    found = await plant.asking.step()
    assert found is not None
    assert found.at == plant.clock.now()


async def test_one_that_is_away_is_named_and_the_ledger_says_so_once_after_a_quarter_of_an_hour(
    plant: Plant, witnesses: Open
) -> None:
    await witnesses("corporate")
    await witnesses("away", address=f"http://127.0.0.1:{free_port()}/")
    assert await plant.asking.step() is None
    assert [bool(one.trouble) for one in plant.asking.answers] == [False, True]
    assert plant.told == []
    for _ in range(2):
        plant.clock.advance(SILENT_AFTER)
        await plant.asking.step()
    now = plant.clock.now()
    assert plant.told == [HeadUnwitnessed(at=now - SILENT_AFTER, size=3, since=BEGAN, missing=("away",))]


async def test_the_silence_is_told_anew_after_it_was_over(plant: Plant, witnesses: Open) -> None:
    here, _ = await witnesses("corporate")
    known = here.policy_file.read_text()
    for size in (5, 9):
        here.policy_file.write_text("quorum none\n")
        plant.grow(size)
        for _ in range(2):
            plant.clock.advance(SILENT_AFTER)
            await plant.asking.step()
        here.policy_file.write_text(known)
        plant.clock.advance(PACE)
        await plant.asking.step()
        assert plant.witnessed() == (size, ("corporate",))
    assert [type(one) for one in plant.told] == [HeadUnwitnessed] * 2


async def test_f05_a_ledger_set_back_with_its_memory_stops_at_what_the_witness_saw(
    plant: Plant, witnesses: Open
) -> None:
    """F05, abuse 34: restored from yesterday's backup, the node itself can't know; the next head tells."""
    backup = copied(plant.folder / "ledger", plant.folder / "backup")
    await witnesses("corporate")
    plant.grow(30)
    await plant.asking.step()
    plant.log.close()
    shutil.rmtree(plant.folder / "ledger")
    shutil.copytree(backup, plant.folder / "ledger")
    shutil.copy(memory_of(backup), memory_of(plant.folder / "ledger"))
    plant.log = reopened(plant.folder / "ledger")
    plant.grow(7)
    plant.begin()
    plant.clock.advance(PACE + FRESH)
    await plant.asking.step()
    assert "set back to an older copy" in plant.log.dead
    assert "set back to an older copy" in plant.asking.answers[0].trouble


async def test_f05_a_second_history_of_the_same_length_is_found_by_its_root(
    plant: Plant, witnesses: Open
) -> None:
    """F05: not its size but its root tells."""
    copy = copied(plant.folder / "ledger", plant.folder / "copy")
    await witnesses("corporate")
    plant.grow(30)
    await plant.asking.step()
    plant.log.close()
    shutil.rmtree(plant.folder / "ledger")
    shutil.copytree(copy, plant.folder / "ledger")
    shutil.copy(memory_of(copy), memory_of(plant.folder / "ledger"))
    plant.log = reopened(plant.folder / "ledger")
    plant.log.append(batch(103, 103 + 40))
    plant.begin()
    plant.clock.advance(PACE + FRESH)
    await plant.asking.step()
    assert "there are two of it" in plant.log.dead


@pytest.mark.parametrize(
    ("status", "text", "fact"),
    [
        (200, "nonsense", "signature lines"),
        (200, "— corporate.example/witness AAAAAAAA\n", "No known key|does not verify"),
        (409, "99999\n", "does not show it"),
        (409, "many\n", "its one written form"),
        (422, "no\n", "does not show it"),
        (503, "\x1b[31mgone\n", r"It answered 503: \[31mgone"),
        (302, "", "It answered 302"),
        (200, "x" * 600_000, "no end"),
    ],
)
async def test_a_witness_that_answers_nonsense_is_trouble_and_nothing_more(
    plant: Plant, witnesses: Open, status: int, text: str, fact: str
) -> None:
    async def answer(request: Request) -> Response:
        return Response(text, status) if request.method == "POST" else Response("no\n", 404)

    async with served(Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])) as url:
        await witnesses("corporate", address=url)
        assert await plant.asking.step() is None
        (told,) = plant.asking.answers
        assert re.search(fact, told.trouble)
    plant.grow(4)
    assert not plant.log.dead


async def test_a_head_that_another_key_signed_stops_nothing(plant: Plant, witnesses: Open) -> None:
    forged = (
        Note.of((plant.folder / "ledger" / "checkpoint").read_bytes())
        .text()
        .replace(f"{ORIGIN}\n3\n", f"{ORIGIN}\n9\n")
    )

    async def answer(request: Request) -> Response:
        return Response("9\n", 409) if request.method == "POST" else Response(forged)

    async with served(Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])) as url:
        await witnesses("corporate", address=url)
        await plant.asking.step()
    assert "does not verify" in plant.asking.answers[0].trouble
    plant.grow(4)
    assert not plant.log.dead


def test_a_witness_in_clear_over_the_network_is_refused(tmp_path: Path) -> None:
    here = WitnessFolder(tmp_path / "w")
    here.found("corporate.example/witness")
    key = here.cosigners()[0].key.text()
    file = tmp_path / "witness.policy"
    file.write_text(f"witness corporate {key} http://witness.example/\nquorum corporate\n")
    with pytest.raises(ConfigError, match="not reached by https"):
        read_policy(file)
    assert timedelta(0) < PACE < SILENT_AFTER
