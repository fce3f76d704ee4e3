import asyncio
import contextlib
import json
import os
import pwd
import secrets
import shutil
import signal
import socket as sockets
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.clock import SystemClock
from broker.ledger import LedgerClient
from broker.signer import MAX_LINE_BYTES, SignerService, open_log
from domain.canonical import Json
from domain.errors import EvidenceError
from domain.events import document
from recorder.ledger.log import LogReader
from recorder.ledger.proof import verify_proof
from recorder.signing import read_signer
from tests.broker.signers import SignerAt, close
from tests.recorder.ledger.logs import ORIGIN, SIGNER, copied, heartbeat, memory_of, refusal
from tests.stride import DEEP


@pytest.fixture
def signer(tmp_path: Path) -> Iterator[SignerAt]:
    one = SignerAt(tmp_path)
    yield one
    close([one])


def line(wish: str, event: Json) -> bytes:
    return json.dumps({"id": wish, "event": event}).encode() + b"\n"


def ask(socket: Path, *lines: bytes, answers: int | None = None) -> list[dict[str, Json]]:
    """Send all the lines at once, then read as many answers (or all until the other side closes)."""
    with sockets.socket(sockets.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(socket))
        connection.sendall(b"".join(lines))
        with connection.makefile("rb") as file:
            wanted = len(lines) if answers is None else answers
            return [json.loads(file.readline()) for _ in range(wanted)]


def test_the_first_leaf_says_who_runs_the_log_under_which_software(signer: SignerAt) -> None:
    signer.start()
    first = signer.reader.event(0)
    assert (first["event"], first["origin"]) == ("LedgerOpened", ORIGIN)
    assert str(first["software"]).startswith("penstock ")
    assert signer.stop() == 0
    signer.start()
    assert signer.reader.size == 1
    assert signer.stop() == 0


def test_lines_sent_without_waiting_are_answered_each_by_its_id(signer: SignerAt) -> None:
    signer.start()
    lines = [line(f"w{number}", document(heartbeat(number))) for number in range(600)]
    found = {str(answer["id"]): answer["index"] for answer in ask(signer.socket, *lines)}
    assert found == {f"w{number}": number + 1 for number in range(600)}
    for number in (0, 255, 599):
        index = int(str(found[f"w{number}"]))
        assert signer.reader.event(index) == document(heartbeat(number))
        verify_proof(signer.reader.prove(index), signer.reader.leaf(index), ORIGIN, [signer.key])


def test_a_bad_line_is_answered_and_the_good_ones_around_it_are_kept(signer: SignerAt) -> None:
    signer.start()
    good = document(heartbeat(1))
    bad: list[tuple[bytes, str]] = [
        (line("b1", {**good, "event": "Nonsense"}), "b1"),
        (line("b2", {**good, "extra": 1}), "b2"),
        (line("b3", {name: value for name, value in good.items() if name != "head"}), "b3"),
        (line("b4", None), "b4"),
        (line('b5"', good), ""),
        (json.dumps({"id": 5, "event": good}).encode() + b"\n", ""),
        (json.dumps({"id": "b6", "event": good, "more": 1}).encode() + b"\n", ""),
        (b"not json\n", ""),
        (b"[" * 60_000 + b"\n", ""),
        (b"\n", ""),
        (b"\xff\xfe\n", ""),
    ]
    for data, named in bad:
        before = signer.reader.size
        wishes = [secrets.token_hex(8), secrets.token_hex(8)]
        answers = ask(signer.socket, line(wishes[0], good), data, line(wishes[1], good))
        refused = [answer for answer in answers if "error" in answer]
        assert [answer["id"] for answer in refused] == [named], data[:60]
        assert {answer["id"] for answer in answers if "index" in answer} == set(wishes)
        assert signer.reader.size == before + 2


def test_a_line_too_long_ends_the_connection_and_nothing_else(signer: SignerAt) -> None:
    signer.start()
    for flood in (b"x" * (MAX_LINE_BYTES + 2), b"x" * (MAX_LINE_BYTES + 2) + b"\n", b"x" * 400_000):
        with sockets.socket(sockets.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(str(signer.socket))
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(flood)
            said = b""
            with contextlib.suppress(ConnectionResetError):
                while part := connection.recv(4_096):
                    said += part
            assert said == b"" or b"longer than" in said
    assert signer.takes(1)


def test_the_same_wish_on_two_connections_is_kept_once(signer: SignerAt) -> None:
    signer.start()
    wish = line("wish", document(heartbeat(1)))
    first = ask(signer.socket, wish)
    assert ask(signer.socket, wish, wish) == first * 2
    (other,) = ask(signer.socket, line("wish", document(heartbeat(2))))
    assert "another event" in str(other["error"])
    signer.kill()
    signer.start()
    assert ask(signer.socket, wish) == first
    assert signer.reader.size == 2


def test_one_wish_for_two_events_at_once_keeps_the_first(signer: SignerAt) -> None:
    signer.start()
    answers = ask(signer.socket, line("wish", document(heartbeat(1))), line("wish", document(heartbeat(2))))
    assert sorted(key for answer in answers for key in answer if key != "id") == ["error", "index"]
    assert signer.reader.size == 2
    assert signer.reader.event(1)["frames"] == 1


def test_an_event_that_its_sender_escapes_to_six_times_its_size_still_fits(signer: SignerAt) -> None:
    signer.start()
    (answer,) = ask(signer.socket, line("w", document(refusal("\u00e9" * 20_000))))
    assert answer == {"id": "w", "index": 1}


def test_f05_a_head_that_a_witness_kept_of_this_log_changes_nothing(signer: SignerAt) -> None:
    signer.start()
    kept = signer.reader.checkpoint
    ask(signer.socket, line("w1", document(heartbeat(1))))
    (answer,) = ask(signer.socket, json.dumps({"id": "h1", "head": kept}).encode() + b"\n")
    assert answer == {"id": "h1", "index": 2}
    for spoiled in (kept.replace("\n1\n", "\n7\n"), "", 7):
        (answer,) = ask(signer.socket, json.dumps({"id": "h2", "head": spoiled}).encode() + b"\n")
        assert "error" in answer
    assert ask(signer.socket, line("w2", document(heartbeat(2)))) == [{"id": "w2", "index": 2}]
    assert signer.stop() == 0


async def test_f05_a_log_set_back_with_its_memory_signs_nothing_once_a_witness_has_spoken(
    signer: SignerAt, tmp_path: Path
) -> None:
    """F05, abuse 34: the folder and the memory come from one backup; only the witness's head is newer."""
    signer.start()
    assert signer.stop() == 0
    backup = copied(signer.ledger, tmp_path / "backup")
    signer.start()
    ask(signer.socket, line("w1", document(heartbeat(1))))
    kept = signer.reader.checkpoint
    assert signer.stop() == 0
    shutil.rmtree(signer.ledger)
    shutil.copytree(backup, signer.ledger)
    shutil.copy(memory_of(backup), signer.memory)

    process = signer.start()
    async with LedgerClient(signer.socket) as ledger:
        with pytest.raises(EvidenceError, match="set back to an older copy"):
            await ledger.compare(kept)
    assert await asyncio.to_thread(process.wait, 20) == 1
    assert "set back to an older copy" in signer.said()
    assert signer.reader.size == 1
    signer.launch().wait(20)
    assert "where 2 were signed for" in signer.said()


def test_the_socket_is_its_owners_alone(signer: SignerAt) -> None:
    signer.start()
    assert stat.S_IMODE(signer.socket.stat().st_mode) == 0o600


async def test_a_peer_that_runs_as_somebody_else_is_turned_away(tmp_path: Path) -> None:
    ledger = open_log(tmp_path / "ledger", SIGNER, tmp_path / "memory", SystemClock())
    stranger = os.getuid() + 1
    service = SignerService(
        ledger,
        SystemClock(),
        place=tmp_path / "key-place",
        peers=frozenset({stranger}),
        stopped=asyncio.Event(),
    )
    loop = asyncio.get_running_loop()
    server = await loop.create_unix_server(service.connection, str(tmp_path / "s"))
    reading, writing = await asyncio.open_unix_connection(str(tmp_path / "s"))
    writing.write(line("w", document(heartbeat(1))))
    with contextlib.suppress(ConnectionResetError):
        assert await reading.read() == b""
    writing.close()
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        await writing.wait_closed()
    server.close()
    await server.wait_closed()
    assert ledger.size == 1
    ledger.close()


async def test_asked_to_end_it_first_answers_all_it_was_asked(signer: SignerAt) -> None:
    process = signer.start()
    async with LedgerClient(signer.socket, patience_s=20) as client:
        await client.append(heartbeat(0))
    reading, writing = await asyncio.open_unix_connection(str(signer.socket))
    writing.write(b"".join(line(f"w{number}", document(heartbeat(number))) for number in range(2_000)))
    await writing.drain()
    first = json.loads(await reading.readline())
    process.send_signal(signal.SIGTERM)
    answers = [first, *(json.loads(one) for one in (await reading.read()).splitlines())]
    writing.close()
    await writing.wait_closed()
    assert await asyncio.to_thread(process.wait, 20) == 0
    assert not signer.socket.exists()
    assert all(signer.reader.event(answer["index"])["frames"] == int(answer["id"][1:]) for answer in answers)


def test_when_the_disk_fails_everybody_hears_of_it_and_the_process_ends(signer: SignerAt) -> None:
    process = signer.start(largest=64 * 1024)  # the events' file outgrows this; write(2) then fails
    events = [line(f"w{number}", document(refusal("x" * 20_000))) for number in range(8)]
    kept = [answer for event in events[:2] for answer in ask(signer.socket, event)]
    answers = ask(signer.socket, *events[2:])
    assert all("can't be written" in str(answer["error"]) for answer in answers)
    assert process.wait(timeout=20) == 1
    assert "ledger_failed" in signer.said()
    signer.start()
    for answer in kept:
        assert signer.reader.event(int(str(answer["index"])))["sentence"] == "x" * 20_000
    assert all("index" in answer for answer in ask(signer.socket, *events))
    assert signer.reader.size == 9


async def test_kills_in_the_middle_of_the_work_lose_nothing_that_was_acknowledged(
    signer: SignerAt,
) -> None:
    acknowledged: dict[int, int] = {}
    numbers = iter(range(1_000_000))

    async def work(client: LedgerClient) -> None:
        while True:
            number = next(numbers)
            try:
                acknowledged[await client.append(heartbeat(number))] = number
            except EvidenceError:
                return

    for _ in range(100 if DEEP else 4):
        await asyncio.to_thread(signer.start)
        async with LedgerClient(signer.socket, patience_s=0.5) as client, asyncio.TaskGroup() as group:
            for _ in range(20):
                group.create_task(work(client))
            await asyncio.sleep(0.05 + secrets.randbelow(250) / 1_000)
            await asyncio.to_thread(signer.kill)
        there = {kept.index: kept.event for kept in signer.reader.events()}
        for index, number in acknowledged.items():
            assert there[index]["frames"] == number
    await asyncio.to_thread(signer.start)
    assert await asyncio.to_thread(signer.stop) == 0
    assert len(acknowledged) > 100
    frames = [kept.event["frames"] for kept in signer.reader.events(1)]
    assert len(frames) == len(set(frames))  # no event was kept twice, however often it was asked for
    assert set(acknowledged.values()) <= set(frames)
    for index in list(acknowledged)[:: max(1, len(acknowledged) // 50)]:
        verify_proof(signer.reader.prove(index), signer.reader.leaf(index), ORIGIN, [signer.key])


@pytest.mark.parametrize("name", ["ledger/events/000", "ledger/checkpoint", "ledger.signed"])
def test_abuse_34_a_signer_does_not_start_on_a_log_that_was_edited(signer: SignerAt, name: str) -> None:
    signer.start()
    assert signer.takes(1)
    assert signer.stop() == 0
    file = signer.folder / name
    right = file.read_bytes()
    file.write_bytes(right[:20] + bytes([right[20] ^ 1]) + right[21:])
    process = signer.launch()
    assert process.wait(timeout=20) == 1
    assert "EvidenceError" in signer.said()
    assert not signer.socket.exists()
    file.write_bytes(right)
    signer.start()
    assert signer.takes(2)


def test_abuse_34_a_signer_does_not_begin_anew_where_a_log_was_wiped(signer: SignerAt) -> None:
    signer.start()
    assert signer.takes(1)
    assert signer.stop() == 0
    for path in sorted(signer.ledger.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    process = signer.launch()
    assert process.wait(timeout=20) == 1
    assert "EvidenceError" in signer.said()


def test_a_user_that_is_not_there_is_a_configuration_error(signer: SignerAt) -> None:
    process = signer.launch(user="no-such-user-here")
    assert process.wait(timeout=20) == 1
    assert "can't become no-such-user-here" in signer.said()
    assert not signer.ledger.exists()


def taken_back(path: Path) -> None:
    os.chown(path, os.getuid(), os.getgid())
    for one in path.iterdir() if path.is_dir() else ():
        taken_back(one)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_started_as_root_it_serves_as_the_user_it_was_given(
    signer: SignerAt, request: pytest.FixtureRequest
) -> None:
    nobody = pwd.getpwnam("nobody")
    for parent in (signer.folder, *signer.folder.parents):
        if parent.stat().st_mode & 0o001 == 0:
            parent.chmod(parent.stat().st_mode | 0o011)
    os.chown(signer.folder, nobody.pw_uid, nobody.pw_gid)
    process = signer.start(user="nobody")
    request.addfinalizer(
        lambda: taken_back(signer.folder)
    )  # what is another's, root's own tests can't clear away
    status = Path(f"/proc/{process.pid}/status").read_text("utf-8")
    (identity,) = [line for line in status.splitlines() if line.startswith("Uid:")]
    assert set(identity.split()[1:]) == {str(nobody.pw_uid)}
    assert signer.ledger.stat().st_uid == nobody.pw_uid
    assert (signer.folder / "ledger.key").stat().st_uid == 0
    assert not signer.takes(1)  # root is not among the peers any more


def test_a_log_is_begun_only_where_there_is_no_trace_of_one(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    log = open_log(folder, SIGNER, memory_of(folder), SystemClock())
    log.close()
    again = open_log(folder, SIGNER, memory_of(folder), SystemClock())
    assert again.size == LogReader(folder).size == 1
    again.close()
    (folder / "checkpoint").unlink()
    memory_of(folder).unlink()
    with pytest.raises(EvidenceError, match="last checkpoint"):
        open_log(folder, SIGNER, memory_of(folder), SystemClock())


def test_the_key_that_signs_is_the_one_in_the_file(signer: SignerAt) -> None:
    assert read_signer(signer.folder / "ledger.key", ORIGIN).key == signer.key
