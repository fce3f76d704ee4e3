"""What fails on a whole node, made to fail for real: stopped, killed and starved processes, files that are gone."""

import asyncio
import os
import resource
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio

from broker.clock import SystemClock
from broker.exit_status import COME_BACK
from broker.governor import Cause
from broker.playback import Playback
from broker.sessions.words import sentence
from domain.ids import SessionId
from recorder.format.frame import Kind
from recorder.format.keys import unwrap
from recorder.playback import Playback as Recorded
from recorder.stores.local import LocalStore
from tests.node import HOLDER, Node, node, stopped, until
from tests.peers.node.charters import apply, founder, signing_key

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plant(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """A node of this file's own: what is done to it here takes the others' sessions along."""
    async with node(tmp_path_factory.mktemp("plant")) as running:
        yield running


@contextmanager
def away(*paths: Path) -> Iterator[None]:
    """Files that are not where they belong."""
    moved = [path for path in paths if path.exists()]
    for path in moved:
        path.rename(path.with_name(f"{path.name}.away"))
    try:
        yield
    finally:
        for path in moved:
            path.with_name(f"{path.name}.away").rename(path)


def handed_over(entry: str, at: datetime, seat: str) -> tuple[str, str]:
    """An entry of rights.toml that ends at ``at``, and the one that begins there."""
    lines = [line for line in entry.splitlines(keepends=True) if line.strip()]
    when = at.isoformat(timespec="seconds")
    ended = "".join(f"until = {when}\n" if line.startswith("until") else line for line in lines)
    kept = [line for line in lines if not line.startswith(("holder", "deputy", "from"))]
    return ended + "\n", f"{''.join(kept)}{seat}from = {when}\n\n"


async def again(plant: Node) -> None:
    """End the gate in good order; return once the parent has started another."""
    gate = plant.pid("gate")
    os.kill(gate, signal.SIGTERM)
    await plant.replaced("gate", gate)
    await plant.ready()


def database_files(plant: Node) -> list[Path]:
    name = plant.layout.database.name
    return [plant.layout.database.with_name(name + ending) for ending in ("", "-wal", "-shm")]


def recorded_for_vendor(plant: Node, session: str) -> bytes:
    """What the recording says was let through to the vendor on the program's standard output."""
    store = LocalStore(plant.layout.recordings, reserve_bytes=0)
    number = SessionId(session)
    key = unwrap(store.read_key(number), plant.layout.recording_key.read_bytes(), number)
    with store.source(number) as source:
        return b"".join(one.payload for one in Recorded(source, key).frames() if one.kind is Kind.TO_VENDOR)


async def gone_at_the_asset(plant: Node, asset: str) -> None:
    """Return once the kernel knows of no connection to the asset any more."""
    port, established = f":{plant.assets[asset].port:04X}", "01"

    def connected() -> bool:
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return any(row[2].endswith(port) and row[3] == established for row in rows)

    await until(lambda: not connected(), f"a moment without a connection to {asset}")


async def test_abuse_04_the_kill_switch_works_on_a_gate_that_stands_still(plant: Node) -> None:
    """With the database moved away and the console stopped as well: it needs none of them."""
    person, gate, console = plant.fresh(), plant.pid("gate"), plant.pid("console")
    await plant.permitted(person)
    with ExitStack() as stack:
        async with plant.working(person) as client:
            session = await plant.session_of(person)
            stack.enter_context(stopped(plant.process.pid))  # or it would start another gate at once
            stack.enter_context(away(*database_files(plant)))
            stack.enter_context(stopped(console))
            stack.enter_context(stopped(gate))
            answer = await plant.outside("isolate", "all", "--reason", "smoke in hall 2")
            assert (answer["ok"], answer["killed"]) == (True, [gate])
            status, _out, _err = await client.ends()
            assert status == 255  # the kernel closed it: nobody was left to say goodbye
        await gone_at_the_asset(plant, "eng-ws-1")
        assert plant.live() == []
    await plant.replaced("gate", gate)
    await plant.ready()
    tried = await plant.client(person).ssh(f"{person}+eng-ws-1", "echo in")
    assert (tried.status, "refused [isolated" in tried.complaint) == (77, True), tried
    assert await plant.event("SessionInterrupted", session=session)
    assert await plant.event("Isolated", scope="all", enforced=f"killed [{gate}]")
    await plant.outside("restore", "all", "--reason", "all clear")


async def test_abuse_04_the_kill_switch_works_without_the_watchdog(plant: Node) -> None:
    person, gate, watchdog = plant.fresh(), plant.pid("gate"), plant.pid("watchdog")
    await plant.permitted(person)
    async with plant.working(person) as client:
        with stopped(watchdog):
            answer = await plant.outside("isolate", "all")
            assert (answer["without_watchdog"], answer["killed"]) == (True, [gate])
            status, _out, said = await client.ends()
    await plant.replaced("gate", gate)
    await plant.ready()
    assert "all" in (await plant.here("state", "show"))["isolated"]
    await plant.here("restore", "all")
    # On a slow machine the gate may notice before the switch that nobody watches it: it ends its sessions, and says so.
    noticed = sentence(Cause.WATCHDOG_LOST).encode() in said
    assert status == (COME_BACK if noticed else 255), said


async def test_peer_t53_abuse_33_a_gate_killed_in_mid_session_leaves_nothing_open_and_all_told(
    plant: Node,
) -> None:
    person, gate = plant.fresh(), plant.pid("gate")
    await plant.permitted(person)
    async with plant.working(person) as client:
        session = await plant.session_of(person)
        got = await client.says(b"tick")
        os.kill(gate, signal.SIGKILL)
        status, rest, _err = await client.ends()
    assert status == 255
    await gone_at_the_asset(plant, "eng-ws-1")
    await plant.replaced("gate", gate)
    await plant.ready()
    told = await plant.event("SessionInterrupted", session=session)
    assert plant.events("SessionEnded", session=session) == []
    assert plant.live() == []
    incomplete = 3  # what is there verifies; that something may be missing is said and not hidden
    report = (await plant.here("evidence", "verify", session, status=incomplete))["report"]
    assert [one["title"] for one in report["steps"] if one["verdict"] != "PASS"] == [
        "recording in the ledger"
    ]
    assert "interrupted" in next(one["sentence"] for one in report["steps"] if one["verdict"] != "PASS")
    assert told["frames"] > 0
    # Evidence, then effect: not a byte reached the vendor that is not in the recording.
    assert recorded_for_vendor(plant, session).startswith(b"begun\n")
    assert (got + rest) in recorded_for_vendor(plant, session)
    (listed,) = [one for one in await plant.here("evidence", "list") if one["session"] == session]
    assert listed["end"] == "interrupted"


async def test_peer_t53_sigterm_tells_the_client_and_seals_the_recording(plant: Node) -> None:
    person = plant.fresh()
    await plant.permitted(person)
    async with plant.working(person) as client:
        session = await plant.session_of(person)
        assert await plant.stop() == 0
        status, _out, err = await client.ends()
    assert (status, b"penstock: The gate is shutting down." in err) == (75, True), err
    assert [plant.pid(name) for name in ("gate", "console", "signer", "watchdog")] == [0] * 4
    (ended,) = plant.events("SessionEnded", session=session)
    assert (ended["cause"], ended["verified"]) == ("shutdown", True)
    assert ended["recording_sha256"] != ""
    await plant.start()
    report = (await plant.here("evidence", "verify", session))["report"]
    assert report["verdict"] == "PASS", report


async def test_the_four_end_with_their_parent_and_still_seal(plant: Node) -> None:
    person = plant.fresh()
    await plant.permitted(person)
    async with plant.working(person) as client:
        session = await plant.session_of(person)
        plant.process.kill()
        await plant.process.wait()
        status, _out, _err = await client.ends()
    assert status == 75
    await until(lambda: not any(map(plant.pid, ("gate", "console", "signer", "watchdog"))), "an end of all")
    await plant.start()
    assert (await plant.event("SessionEnded", session=session))["cause"] == "shutdown"


async def test_with_the_signer_standing_still_no_session_opens_and_the_client_is_told_why(
    plant: Node,
) -> None:
    person = plant.fresh()
    permit = await plant.permitted(person)
    logins = plant.logins()
    async with plant.mastered(person, f"{person}+eng-ws-1") as master:
        with stopped(plant.pid("signer")):
            tried = await master.ssh("echo in")
            assert (tried.status, tried.out) == (77, b""), tried
            assert "refused [evidence_unavailable]" in tried.complaint
            assert plant.logins() == logins
        never = await plant.event("SessionEnded", permit=permit)
        assert (never["cause"], never["bytes_to_asset"]) == ("never_opened", 0)
        again = await master.ssh("echo in")
        assert (again.status, again.out) == (0, b"in\n"), again


async def test_a_signer_that_was_killed_is_replaced_and_the_ledger_goes_on(plant: Node) -> None:
    person, signer = plant.fresh(), plant.pid("signer")
    await plant.permitted(person)
    async with plant.working(person) as client:
        os.kill(signer, signal.SIGKILL)
        await plant.replaced("signer", signer)
        await client.says(b"tick")  # what runs goes on: its recording does not depend on the signer
        session = await plant.session_of(person)
    assert (await plant.event("SessionEnded", session=session))["cause"] in {"client_gone", "finished"}
    status, out, err = await plant.penstock("evidence", "verify", session, "--dir", str(plant.layout.folder))
    assert (status, "PASS" in out) == (0, True), (out, err)


async def test_peer_t63_with_nowhere_to_record_no_session_opens(plant: Node) -> None:
    person = plant.fresh()
    await plant.permitted(person)
    logins = plant.logins()
    async with plant.mastered(person, f"{person}+eng-ws-1") as master:
        with away(plant.layout.recordings):
            plant.layout.recordings.write_bytes(b"in the way")
            tried = await master.ssh("echo in")
            plant.layout.recordings.unlink()
        assert (tried.status, tried.out) == (77, b""), tried
        assert "record" in tried.complaint
        assert plant.logins() == logins
        again = await master.ssh("echo in")
        assert (again.status, again.out) == (0, b"in\n"), again


async def test_peer_t63_a_disk_that_takes_no_more_in_mid_session_cuts_it_before_the_unrecorded_byte(
    plant: Node,
) -> None:
    person, gate = plant.fresh(), plant.pid("gate")
    await plant.permitted(person)
    async with plant.working(person) as client:
        session = await plant.session_of(person)
        got = await client.says(b"tick")
        # No regular file of the gate's may grow any more: write(2) answers EFBIG, as a full disk answers ENOSPC.
        before = resource.prlimit(gate, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        try:
            status, rest, err = await client.ends()
        finally:
            resource.prlimit(gate, resource.RLIMIT_FSIZE, before)
    assert (status, b"can no longer be recorded" in err) == (75, True), err
    ended = await plant.event("SessionEnded", session=session)
    assert (ended["cause"], ended["verified"]) == ("recorder_failed", True)
    await again(plant)  # it seals what the full disk kept it from sealing
    assert (b"begun\n" + got + rest).startswith(recorded_for_vendor(plant, session)[:6])
    assert (got + rest) in recorded_for_vendor(plant, session)


async def test_abuse_10_an_approver_who_lost_the_right_opens_nothing_any_more(plant: Node) -> None:
    """The charter is changed after the approval, as the plant would: signed, and put in force on the running node."""
    person = plant.fresh()
    await plant.permitted(person)
    rights = plant.layout.charter / "rights.toml"
    head, first, *others = rights.read_text().split("[[right]]\n")
    successor = await signing_key(plant, "sven")
    ended, begun = handed_over(first, SystemClock().now(), 'holder = "sven"\n')
    rights.write_text("[[right]]\n".join([head, ended, begun, *others]))
    await apply(plant, "Petra leads another plant from today", {HOLDER: founder(plant)})
    try:
        tried = await plant.client(person).ssh(f"{person}+eng-ws-1", "echo in")
    finally:
        # A charter's instants are whole seconds, and nobody holds a right for none of them.
        await asyncio.sleep(1)
        over, back = handed_over(begun, SystemClock().now(), 'holder = "petra"\ndeputy = "deniz"\n')
        rights.write_text("[[right]]\n".join([head, ended, over, back, *others]))
        await apply(plant, "She came back", {"sven": successor})
    assert (tried.status, "refused [approval_not_valid]" in tried.complaint) == (77, True), tried
    assert await plant.event("PassageRefused", person=person, code="approval_not_valid")


async def test_abuse_36_no_secret_of_the_plant_s_is_where_it_has_no_business(plant: Node) -> None:
    """Credentials of assets and secrets of codes: not in logs, recordings, database, ledger or any output."""
    person = plant.fresh()
    await plant.permitted(person)
    said = await plant.client(person).ssh(f"{person}+eng-ws-1", "env; cat /proc/$PPID/environ")
    assert said.status == 0
    opened = await plant.event("SessionOpened", person=person)
    await plant.event("SessionEnded", session=opened["session"])
    needles = {line for asset in plant.assets.values() for line in asset.private_key.splitlines()[2:-2]}
    needles |= set(plant.codes.values())
    assert len(needles) > len(plant.codes)
    seen = {
        str(path): path.read_bytes()
        for path in plant.layout.folder.rglob("*")
        if path.is_file() and path not in {plant.layout.codes, plant.layout.recording_key}
    }
    assert any(name.endswith("serve.log") for name in seen)
    seen["the client"] = said.out + said.err
    for session in LocalStore(plant.layout.recordings, reserve_bytes=0).sealed():
        seen[f"recording {session}"] = recorded_for_vendor(plant, session)
    session = SessionId(str(opened["session"]))
    filed = await plant.filed(opened["permit"])
    with Playback(plant.layout, session, lambda _permit: filed, SystemClock()).case_file() as made:
        seen["the case file"] = made.read()
    for name in ("gate", "console", "signer", "watchdog"):
        seen[f"the arguments of the {name}"] = Path(f"/proc/{plant.pid(name)}/cmdline").read_bytes()
        seen[f"the surroundings of the {name}"] = Path(f"/proc/{plant.pid(name)}/environ").read_bytes()
    leaks = {name for name, data in seen.items() for needle in needles if needle.encode() in data}
    assert not leaks
