"""Files by stock clients, through a real gate, a real quarantine that looks at them, and a real sshd; what the asset has counts."""

import asyncio
import hashlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from broker.clock import SystemClock
from broker.layout import Layout
from broker.quarantine.at_work import quarantine_of
from broker.quarantine.cards import Card
from broker.quarantine.seams import Came, Quarantine
from broker.settings import LedgerSettings, QuarantineSettings, Settings
from domain.access import Grant
from domain.plant import Screening
from domain.screening import FileRules
from policies.charter.charter import Charter
from policies.charter.ssh_keys import fingerprint
from recorder.format.frame import Kind
from recorder.format.payloads import read
from tests.broker.quarantine.test_signatures import drawn, signed
from tests.broker.running import Leaves
from tests.clamav import EICAR
from tests.openssh import Client, Result
from tests.peers.gate import CONDUIT, PeerGate, peer_gate, with_changes
from tests.programs import needs, program
from tests.sshd import sshd

WHERE = "ana+eng-ws-1"
FIRMWARE = bytes(range(256)) * 4096
DIGEST = hashlib.sha256(FIRMWARE).hexdigest()
RULE = 'rule eicar { strings: $a = "EICAR-STANDARD-ANTIVIRUS-TEST-FILE" condition: $a }'


@dataclass
class Screened:
    """A gate that screens files: what a holder has released, and what the charter says."""

    folder: Path
    gate: PeerGate = field(init=False)
    released: set[str] = field(default_factory=set)

    async def approved(self, _came: Came, cards: Collection[Card]) -> frozenset[str]:
        return frozenset(one.id for one in cards if one.id in self.released)

    def quarantine(
        self, leaves: Leaves, charter: Callable[[], Charter], clock: SystemClock
    ) -> AbstractAsyncContextManager[Quarantine]:
        """The node's own, with a rule that knows EICAR."""
        layout = Layout(self.folder / "node")
        layout.recording_key.parent.mkdir(parents=True)
        layout.recording_key.write_bytes(bytes(range(32)))
        rules = self.folder / "eicar.yar"
        rules.write_text(RULE)
        section = QuarantineSettings(least_free_percent=0, looks_at_once=1, yara_rules=[str(rules)])
        settings = Settings(ledger=LedgerSettings(origin="plant.example/1"), quarantine=section)
        return quarantine_of(layout, settings, leaves, charter, clock, self.approved)

    def says(
        self,
        files: Screening = Screening.SCREENED,
        *,
        at_once: bool = True,
        signed_by: frozenset[str] = frozenset(),
    ) -> None:
        """The charter of the plant from now on."""
        plant = self.gate.plant
        one = replace(
            plant.charter.conduits[CONDUIT],
            files=files,
            screening=FileRules(at_once=at_once, signed_by=signed_by),
        )
        plant.charter = with_changes(plant.charter, conduits={CONDUIT: one})

    def ana(self, *grants: str) -> Client:
        """Ana, with a permit for these grants and the asset; all that there are where none is named."""
        client = self.gate.person("ana")
        if grants:
            self.gate.permit("ana", "eng-ws-1", grants=frozenset(map(Grant.of, grants)))
        else:
            self.gate.permit("ana", "eng-ws-1")
        return client


pytestmark = needs(
    "ssh", "sshd", "sftp-server"
)  # asked before a gate is up: a skip in there would end it like a fault


@pytest.fixture
async def plant(tmp_path: Path) -> AsyncIterator[Screened]:
    screened = Screened(tmp_path)
    async with peer_gate(tmp_path, quarantine=screened.quarantine) as gate, sshd(tmp_path / "sshd") as asset:
        screened.gate = gate
        gate.place_sshd("eng-ws-1", asset)
        screened.says()
        yield screened


async def put(client: Client, way: str, source: Path, target: Path) -> Result:
    """Put one file by one of the stock clients."""
    if way == "sftp":
        return await client.sftp(WHERE, f"put {source} {target}\n")
    return await client.scp(str(source), f"{WHERE}@{{gate}}:{target}", *(["-O"] if way == "scp -O" else []))


WAYS = ("sftp", "scp", "scp -O")


@pytest.mark.parametrize("way", WAYS)
async def test_a_clean_firmware_passes_once_it_is_released_and_eicar_never_does(
    plant: Screened, tmp_path: Path, way: str
) -> None:
    """D15: EICAR is held, and what is clean waits for its release; each is told to who sent it, and each is evidence."""
    client, source, target = plant.ana(), tmp_path / "fw-2.1.bin", tmp_path / "there"
    source.write_bytes(EICAR)
    result = await put(client, way, source, target)
    assert result.status == 1
    assert not target.exists()
    taken, looked = (await plant.gate.seen("FileTakenIn"))[0], (await plant.gate.seen("FileScreened"))[0]
    assert (taken.size, taken.sha256) == (len(EICAR), hashlib.sha256(EICAR).hexdigest())
    assert looked.state != "released"
    assert f"penstock: refused [{looked.code}]" in result.complaint
    assert taken.file in result.complaint
    assert "What to do" in result.complaint

    plant.says(at_once=False)
    source.write_bytes(FIRMWARE)
    result = await put(client, way, source, target)
    held = (await plant.gate.seen("FileTakenIn", 2))[1]
    assert result.status == 1
    assert (held.sha256, target.exists()) == (DIGEST, False)
    assert held.file in result.complaint

    plant.released.add(held.file)
    result = await put(client, way, source, target)
    assert result.status == 0, result.complaint
    assert target.read_bytes() == FIRMWARE
    delivered = (await plant.gate.seen("FileDelivered"))[0]
    assert (delivered.file, delivered.sha256, delivered.outcome) == (held.file, DIGEST, "whole")
    assert len(await plant.gate.seen("FileTakenIn", 2)) == 2


async def test_a_firmware_that_its_vendor_did_not_sign_is_held_and_a_signed_one_passes(
    plant: Screened, tmp_path: Path
) -> None:
    """D15: an unsigned firmware is held; with its vendor's detached signature, by the stock ssh-keygen, it passes at once."""
    key = drawn(tmp_path, "vendor")
    plant.says(signed_by=frozenset({key}))
    client, source, target = plant.ana("sftp"), tmp_path / "fw-2.1.bin", tmp_path / "there.bin"
    source.write_bytes(FIRMWARE)
    result = await put(client, "sftp", source, target)
    assert (result.status, target.exists()) == (1, False)
    assert "penstock: refused [file_unsigned]" in result.complaint
    assert "ssh-keygen -Y sign -n file" in result.complaint
    (tmp_path / "fw-2.1.bin.sig").write_bytes(signed(tmp_path, "vendor", FIRMWARE))
    batch = f"put {source}.sig {target}.sig\nput {source} {target}\n"
    result = await client.sftp(WHERE, batch)
    assert (result.status, target.read_bytes()) == (0, FIRMWARE), result.complaint
    looked = [one for one in await plant.gate.seen("FileScreened", 3) if one.state == "released"]
    assert f"signature: by {fingerprint(key)}" in looked[-1].scans
    source.write_bytes(FIRMWARE + b"changed on its way")
    result = await put(client, "sftp", source, target)
    assert result.status == 1
    assert "[file_signature_wrong]" in result.complaint


async def test_what_is_found_clean_passes_at_once_and_keeps_what_its_client_set(
    plant: Screened, tmp_path: Path
) -> None:
    client, source, there = plant.ana(), tmp_path / "source", tmp_path / "there"
    source.mkdir()
    there.mkdir()
    for name, content in {"a": b"", "with a blank": b"x" * 100_000, "Größe'n;": FIRMWARE}.items():
        (source / name).write_bytes(content)
    (source / "a").chmod(0o640)
    batch = f"put -pR {source} {there}\nput {source}/a {there}/part\nrename {there}/part {there}/whole\n"
    result = await client.sftp(WHERE, batch)
    assert result.status == 0, result.complaint
    assert {one.name: one.read_bytes() for one in (there / "source").iterdir()} == {
        one.name: one.read_bytes() for one in source.iterdir()
    }
    assert (there / "source" / "a").stat().st_mode & 0o777 == 0o640
    assert (there / "source" / "a").stat().st_mtime == int((source / "a").stat().st_mtime)
    assert (there / "whole").exists()
    (tmp_path / "longer").write_bytes(FIRMWARE)
    result = await client.sftp(WHERE, f"reput {tmp_path}/longer {there}/whole\n")
    assert "sftp_resume_refused" in result.complaint


async def test_who_may_fetch_alone_puts_nothing_and_the_other_way_round(
    plant: Screened, tmp_path: Path
) -> None:
    """D15: each direction is a grant of its own, for each way of moving files."""
    plant.says(Screening.UNSCREENED)
    client = plant.ana("sftp:get", "scp:put")
    there, here = tmp_path / "there", tmp_path / "here"
    there.write_bytes(FIRMWARE)
    here.write_bytes(b"new")
    batch = f"-put {here} {there}\n-rm {there}\n-chmod 600 {there}\nget {there} {tmp_path}/got\n"
    result = await client.sftp(WHERE, batch)
    assert result.status == 0, result.complaint
    assert result.complaint.count("[sftp_put_refused]") == 3
    assert (there.read_bytes(), (tmp_path / "got").read_bytes()) == (FIRMWARE, FIRMWARE)
    (got,) = await plant.gate.seen("FileMoved")
    assert (got.passage, got.name, got.size, got.sha256, got.outcome) == (
        "sftp:get", str(there), len(FIRMWARE), DIGEST, "whole"
    )  # fmt: skip
    result = await put(client, "scp -O", here, tmp_path / "put")
    assert (result.status, (tmp_path / "put").read_bytes()) == (0, b"new")
    result = await client.scp(f"{WHERE}@{{gate}}:{there}", str(tmp_path / "x"), "-O")
    assert "passage_not_in_permit" in result.complaint
    assert {one.passage for one in await plant.gate.seen("FileMoved", 2)} == {"sftp:get", "scp:put"}
    refused = {(one.passage, one.code) for one in await plant.gate.seen("PassageRefused", 4)}
    assert refused == {("sftp", "sftp_put_refused"), ("scp:get", "passage_not_in_permit")}


async def test_a_command_that_only_begins_like_scp_is_one_and_rsync_is_not_screened(
    plant: Screened, tmp_path: Path
) -> None:
    """D15: ``scp -t x; bash`` records as what it is; what nobody can look at is not put."""
    client = plant.ana("scp", "rsync")
    result = await client.ssh(WHERE, f"scp -t {tmp_path}/x; touch {tmp_path}/y")
    assert (result.status, (tmp_path / "y").exists()) == (77, False)
    shell = " ".join([program("ssh"), *client.options("-p", str(client.port))])
    (tmp_path / "from").mkdir()
    (tmp_path / "from" / "a").write_bytes(FIRMWARE)
    line = [program("rsync"), "-a", "-e", shell]
    pushed = await client.run([*line, f"{tmp_path}/from/", f"{WHERE}@{client.host}:{tmp_path}/to/"])
    assert "rsync_not_screened" in pushed.complaint
    assert not (tmp_path / "to").exists()
    fetched = await client.run([*line, f"{WHERE}@{client.host}:{tmp_path}/from/", f"{tmp_path}/to/"])
    assert (fetched.status, (tmp_path / "to" / "a").read_bytes()) == (0, FIRMWARE)
    refused = [(one.passage, one.code) for one in await plant.gate.seen("PassageRefused", 2)]
    assert refused == [("exec", "passage_not_in_permit"), ("rsync:put", "rsync_not_screened")]
    assert [one.passage for one in await plant.gate.seen("PassageOpened")] == ["rsync:get"]


async def moved_in_a_terminal(
    client: Client, remote: str, local: Sequence[str], folder: Path
) -> tuple[int, str]:
    """``remote`` at the asset and ``local`` here, each with the other on its two ends; the status of ``local``, what ssh said."""
    down, up = os.pipe(), os.pipe()
    there = await asyncio.create_subprocess_exec(
        *client.command(WHERE, remote), stdin=up[0], stdout=down[1], stderr=asyncio.subprocess.PIPE,
        env=client.environment(), start_new_session=True,
    )  # fmt: skip
    here = await asyncio.create_subprocess_exec(
        *local, stdin=down[0], stdout=up[1], stderr=asyncio.subprocess.DEVNULL, cwd=folder
    )
    for end in (*down, *up):
        os.close(end)
    async with asyncio.timeout(60):
        status = await here.wait()
        _, said = await there.communicate()
    return status, said.decode()


async def test_files_in_a_terminal_take_a_grant_of_their_own(plant: Screened, tmp_path: Path) -> None:
    """D15: lrzsz against itself: without the grant nothing of a file passes, with it the file is there and told."""
    plant.says(Screening.UNSCREENED)
    (tmp_path / "log").write_bytes(FIRMWARE)
    here = tmp_path / "here"
    here.mkdir()
    client = plant.ana("exec")
    status, said = await moved_in_a_terminal(client, f"sz {tmp_path}/log", [program("rz")], here)
    assert status != 0
    assert "[zmodem_refused]" in said
    assert not list(here.iterdir())
    refused = (await plant.gate.seen("PassageRefused"))[0]
    assert (refused.code, refused.passage) == ("zmodem_refused", "exec")
    plant.gate.plant.filed.clear()
    plant.gate.permit("ana", "eng-ws-1", grants=frozenset(map(Grant.of, ("exec", "zmodem:get"))))
    status, said = await moved_in_a_terminal(client, f"sz {tmp_path}/log", [program("rz")], here)
    assert status == 0, said
    assert (here / "log").read_bytes() == FIRMWARE
    frames = await plant.gate.recorded(2)
    marks = [read(one.payload) for one in frames[1] if one.kind is Kind.MARK]
    began, told = [one for one in marks if one["mark"] == "file"]
    assert (began["path"], began["bytes"], began["outcome"]) == ("log", len(FIRMWARE), "announced")
    assert (told["path"], told["bytes"], told["way"], told["sha256"]) == ("log", len(FIRMWARE), "get", DIGEST)
    (leaf,) = await plant.gate.seen("FileMoved")
    assert (leaf.passage, leaf.name, leaf.size, leaf.sha256, leaf.outcome) == (
        "zmodem:get", "log", len(FIRMWARE), DIGEST, "whole"
    )  # fmt: skip


@pytest.mark.parametrize("way", ["get", "put screened", "put unscreened"])
async def test_a_cut_transfer_leaves_evidence_that_says_so(plant: Screened, tmp_path: Path, way: str) -> None:
    """D15: a client that is gone in the middle leaves a file that is told as cut, with what came of it."""
    plant.says(Screening.UNSCREENED if way.endswith("unscreened") else Screening.SCREENED)
    client, there, here = plant.ana(), tmp_path / "there", tmp_path / "here"
    source = there if way == "get" else here
    with source.open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    batch = f"get {there} {here}\n" if way == "get" else f"put {here} {there}\n"
    line = [
        program("sftp"),
        *client.options("-l", "16000"),
        "-o",
        "BatchMode=no",
        "-P",
        str(client.port),
        "-b",
        "-",
        f"{WHERE}@127.0.0.1",
    ]
    process = await asyncio.create_subprocess_exec(
        *line, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL, env=client.environment(), start_new_session=True,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(batch.encode())
    await process.stdin.drain()
    async with asyncio.timeout(20):
        while not any(
            one.bytes_to_asset + one.bytes_to_vendor > 500_000 for one in plant.gate.supervisor.sessions()
        ):
            if way == "put screened" and list((tmp_path / "node" / "quarantine").glob("*")):
                break
            await asyncio.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    if way == "put screened":
        told = (await plant.gate.seen("FileTakenIn"))[0]
        assert (told.whole, bool(told.cause), there.exists()) == (False, True, False)
    else:
        told = (await plant.gate.seen("FileMoved"))[0]
        assert (told.outcome, told.name) == ("cut", str(there))
        marks = [read(one.payload) for one in (await plant.gate.recorded())[0] if one.kind is Kind.MARK]
        assert [one["outcome"] for one in marks if one["mark"] == "file"] == ["cut"]
    assert told.size < 64 * 1024 * 1024
