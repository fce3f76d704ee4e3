import asyncio
import contextlib
import json
import socket as sockets
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.ledger import LedgerClient, append_now
from domain.errors import EvidenceError
from domain.events import Event
from domain.ledger import Ledger
from tests.broker.signers import SignerAt, close
from tests.recorder.ledger.logs import heartbeat, refusal


@pytest.fixture
def signer(tmp_path: Path) -> Iterator[SignerAt]:
    one = SignerAt(tmp_path)
    one.start()
    yield one
    close([one])


async def test_a_client_is_a_ledger_and_gives_each_event_its_index(signer: SignerAt) -> None:
    async with LedgerClient(signer.socket) as client:
        ledger: Ledger = client
        assert [await ledger.append(heartbeat(number)) for number in range(3)] == [1, 2, 3]
    assert [kept.event["frames"] for kept in signer.reader.events(1)] == [0, 1, 2]


async def test_many_events_under_way_each_get_their_own_answer(signer: SignerAt) -> None:
    async with LedgerClient(signer.socket, patience_s=20) as client:
        indexes = await asyncio.gather(*(client.append(heartbeat(number)) for number in range(1_000)))
    for number, index in enumerate(indexes):
        if number % 97 == 0:
            assert signer.reader.event(index)["frames"] == number
    assert sorted(indexes) == list(range(1, 1_001))


async def test_after_a_restart_of_the_signer_the_client_goes_on(signer: SignerAt) -> None:
    async with LedgerClient(signer.socket, patience_s=20) as client:
        assert await client.append(heartbeat(1)) == 1
        await asyncio.to_thread(signer.kill)
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(client.append(heartbeat(2)))
            await asyncio.to_thread(signer.start)
        assert waiting.result() == 2
    assert signer.reader.size == 3


async def test_an_answer_lost_with_the_connection_does_not_keep_the_event_twice(
    signer: SignerAt, tmp_path: Path
) -> None:
    asked: list[bytes] = []
    over: list[asyncio.Event] = []

    async def lossy(reading: asyncio.StreamReader, writing: asyncio.StreamWriter) -> None:
        """Hands every line on; the first three answers never arrive."""
        over.append(asyncio.Event())
        mine = over[-1]
        there, back = await asyncio.open_unix_connection(str(signer.socket))
        while line := await reading.readline():
            asked.append(line)
            back.write(line)
            answer = await there.readline()
            if len(asked) <= 3:
                break
            writing.write(answer)
        for one in (back, writing):
            one.close()
            with contextlib.suppress(OSError):
                await one.wait_closed()
        mine.set()

    server = await asyncio.start_unix_server(lossy, str(tmp_path / "lossy"))
    async with LedgerClient(tmp_path / "lossy", patience_s=20) as client:
        assert await client.append(heartbeat(7)) == 1
        assert await client.append(heartbeat(8)) == 2
    assert len({json.loads(line)["id"] for line in asked}) == 2
    assert len(asked) == 5
    assert signer.reader.size == 3
    for one in over:
        await one.wait()
    server.close()
    await server.wait_closed()


async def test_without_a_signer_an_event_is_an_evidence_error_with_a_remedy(tmp_path: Path) -> None:
    async with LedgerClient(tmp_path / "nobody", patience_s=0.2) as client:
        with pytest.raises(EvidenceError, match=r"has not answered within 0\.2 s: .*No such file") as silence:
            await client.append(heartbeat(1))
    assert "start it again" in silence.value.remedy
    with pytest.raises(EvidenceError, match="has not answered"):
        append_now(tmp_path / "nobody", heartbeat(1), timeout_s=0.2)


async def test_a_signer_that_never_answers_is_not_waited_for_without_end(tmp_path: Path) -> None:
    with sockets.socket(sockets.AF_UNIX) as mute:
        mute.bind(str(tmp_path / "mute"))
        mute.listen()
        async with LedgerClient(tmp_path / "mute", patience_s=0.2) as client:
            with pytest.raises(EvidenceError, match="has not answered"):
                await client.append(heartbeat(1))
        with pytest.raises(EvidenceError, match="has not answered"):
            append_now(tmp_path / "mute", heartbeat(1), timeout_s=0.2)


TOO_LARGE = refusal("x" * 70_000)


@pytest.mark.parametrize("event", [TOO_LARGE, refusal("\ud800")], ids=["too large", "not text"])
async def test_an_event_that_can_not_be_kept_is_refused_at_once_and_the_next_is_kept(
    signer: SignerAt, event: Event
) -> None:
    async with LedgerClient(signer.socket, patience_s=20) as client:
        with pytest.raises(EvidenceError):
            await client.append(event)
        assert await client.append(heartbeat(1)) == 1
    with pytest.raises(EvidenceError):
        append_now(signer.socket, event)


async def test_closed_while_an_event_is_under_way_says_so_and_takes_no_more(tmp_path: Path) -> None:
    with sockets.socket(sockets.AF_UNIX) as mute:
        mute.bind(str(tmp_path / "mute"))
        mute.listen()
        client = LedgerClient(tmp_path / "mute", patience_s=20)

        async def closing() -> None:
            await asyncio.sleep(0.05)
            client.close()

        async with asyncio.TaskGroup() as group:
            group.create_task(closing())
            with pytest.raises(EvidenceError, match="closed on this side"):
                await client.append(heartbeat(1))
        with pytest.raises(EvidenceError, match="closed on this side"):
            await client.append(heartbeat(2))


async def test_a_cancelled_append_leaves_the_connection_to_the_others(signer: SignerAt) -> None:
    async with LedgerClient(signer.socket, patience_s=20) as client:
        await client.append(heartbeat(1))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0):
                await client.append(heartbeat(2))
        assert await client.append(heartbeat(3)) in {2, 3}


async def test_an_answer_that_makes_no_sense_is_not_taken_for_one(tmp_path: Path) -> None:
    over = asyncio.Semaphore(0)

    async def babble(reading: asyncio.StreamReader, writing: asyncio.StreamWriter) -> None:
        wish = json.loads(await reading.readline())["id"]
        for said in (b"nonsense", b"[]", b'{"id":"another","index":9}', b'{"index":9}'):
            writing.write(said + b"\n")
        writing.write(json.dumps({"id": wish, "index": "9"}).encode() + b"\n")
        with contextlib.suppress(OSError):  # the client hangs up, politely or not
            await reading.read()
            writing.close()
            await writing.wait_closed()
        over.release()

    server = await asyncio.start_unix_server(babble, str(tmp_path / "babble"))
    async with LedgerClient(tmp_path / "babble", patience_s=5) as client:
        with pytest.raises(EvidenceError, match="did not take"):
            await client.append(heartbeat(1))
    with pytest.raises(EvidenceError):
        await asyncio.to_thread(append_now, tmp_path / "babble", heartbeat(1))
    for _ in range(2):
        await over.acquire()
    server.close()
    await server.wait_closed()


def test_callers_without_a_loop_append_too_even_from_many_threads(signer: SignerAt) -> None:
    found: list[int] = []

    def some() -> None:
        found.extend(append_now(signer.socket, heartbeat(number), timeout_s=20) for number in range(10))

    threads = [threading.Thread(target=some) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1, 41))


def test_append_now_asks_again_after_a_restart(signer: SignerAt) -> None:
    signer.kill()
    starting = threading.Thread(target=signer.start)
    starting.start()
    assert append_now(signer.socket, heartbeat(1), timeout_s=20) == 1
    starting.join()
