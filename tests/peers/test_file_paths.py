"""Files within a permit's paths, by stock clients against a real sshd: what lies on the asset's own disk counts."""

import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from domain.access import Grant
from domain.plant import Screening
from tests.openssh import Client
from tests.peers.gate import peer_gate
from tests.peers.test_files import WHERE, Screened
from tests.programs import needs, program
from tests.sshd import sshd
from tests.stride import DEEP

SECRET = b"root:$6$secret:" * 4096
SWAPS = 50_000 if DEEP else 2000
GETS = 25

pytestmark = needs(
    "ssh", "sshd", "sftp-server"
)  # asked before a gate is up: a skip in there would end it like a fault


@pytest.fixture
async def plant(tmp_path: Path) -> AsyncIterator[Screened]:
    screened = Screened(tmp_path)
    async with peer_gate(tmp_path, quarantine=screened.quarantine) as gate, sshd(tmp_path / "sshd") as asset:
        screened.gate = gate
        gate.place_sshd("eng-ws-1", asset)
        screened.says(Screening.UNSCREENED)
        yield screened


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """The asset's: two roots with ways out of them, and what lies outside."""
    there = tmp_path / "asset"
    for folder in ("out", "in", "secret"):
        (there / folder).mkdir(parents=True)
    (there / "secret" / "shadow").write_bytes(SECRET)
    (there / "out" / "a.log").write_bytes(b"a line")
    (there / "out" / "b.log").write_bytes(b"another")
    (there / "out" / os.fsdecode(b"\xff\xfe")).write_bytes(b"no utf-8")
    (there / "out" / ("n" * 255)).write_bytes(b"long")
    for root in ("out", "in"):
        (there / root / "link").symlink_to(there / "secret" / "shadow")
        (there / root / "folder").symlink_to(there / "secret")
    return there


def ana(plant: Screened, disk: Path, *more: str) -> Client:
    client = plant.gate.person("ana")
    limits = frozenset({f"sftp get {disk}/out/**", f"sftp put {disk}/in/**", *more})
    grants = frozenset(map(Grant.of, ("sftp", "scp", "rsync")))
    plant.gate.permit("ana", "eng-ws-1", grants=grants, limits=limits)
    return client


async def test_files_come_from_and_go_to_where_the_permit_says_and_nowhere_else(
    plant: Screened, disk: Path, tmp_path: Path
) -> None:
    """D15: roots of each direction, links that lead out of them, dots, names of every kind: by sftp and by scp."""
    client, got, source = ana(plant, disk), tmp_path / "got", tmp_path / "fw.bin"
    got.mkdir()
    source.write_bytes(b"firmware")
    batch = f"""cd {disk}/out
get *.log {got}
get {"n" * 255} {got}
get ../out/a.log {got}/dotted
put {source} {disk}/in/fw.bin
put {source} {disk}/in/../in/second
rename {disk}/in/second {disk}/in/third
chmod 600 {disk}/in/third
mkdir {disk}/in/new
-get link {got}/1
-get folder/shadow {got}/2
-get ../secret/shadow {got}/3
-get {disk}/in/fw.bin {got}/4
-put {source} {disk}/in/link
-put {source} {disk}/in/folder/put
-put {source} {disk}/out/put
-put {source} {disk}/secret/put
-ln -s {disk}/secret {disk}/in/made
-ln {disk}/secret/shadow {disk}/in/hard
-rename {disk}/in/fw.bin {disk}/secret/fw.bin
-rename {disk}/secret/shadow {disk}/in/shadow
-rm {disk}/secret/shadow
-rmdir {disk}/in
-chmod 777 {disk}/in/link
-ls {disk}/secret
-ls {disk}/out/folder
"""
    result = await client.sftp(WHERE, batch)
    assert result.status == 0, result.complaint
    assert {one.name: one.read_bytes() for one in got.iterdir()} == {
        "a.log": b"a line", "b.log": b"another", "n" * 255: b"long", "dotted": b"a line",
    }  # fmt: skip
    assert sorted(one.name for one in (disk / "in").iterdir()) == ["folder", "fw.bin", "link", "new", "third"]
    assert (disk / "in" / "third").stat().st_mode & 0o777 == 0o600
    assert [one.name for one in (disk / "secret").iterdir()] == ["shadow"]
    assert (disk / "secret" / "shadow").read_bytes() == SECRET
    listed = result.out.decode().splitlines()
    assert not [line for line in listed if line.endswith(("shadow", "put")) and not line.startswith("sftp>")]
    refused = {one.code for one in await plant.gate.seen("PassageRefused", 10)}
    assert refused == {"file_path_not_permitted", "file_path_leads_out", "file_link_refused"}
    assert "What to do" in result.complaint

    there = f"{WHERE}@{{gate}}:{disk}"
    for said, how, ok in (
        ((f"{there}/out/a.log", f"{got}/scp"), (), True),
        ((str(source), f"{there}/in/scp"), (), True),
        ((f"{there}/out/link", f"{got}/5"), (), False),
        ((str(source), f"{there}/in/link"), (), False),
        ((f"{there}/out/a.log", f"{got}/6"), ("-O",), False),
        ((str(source), f"{there}/in/old"), ("-O",), False),
    ):
        result = await client.scp(*said, *how)
        assert (result.status == 0) is ok, (said, result.complaint)
    assert "[scp_not_within]" in result.complaint
    assert ((got / "scp").read_bytes(), (disk / "in" / "scp").read_bytes()) == (b"a line", b"firmware")
    shell = " ".join([program("ssh"), *client.options("-p", str(client.port))])
    line = [program("rsync"), "-r", "-e", shell]
    for ends in (
        (f"{source}", f"{WHERE}@{client.host}:{disk}/in/synced"),
        (f"{WHERE}@{client.host}:{disk}/out/", f"{got}/synced/"),
    ):
        result = await client.run([*line, *ends])
        assert result.status != 0
        assert "[rsync_not_within]" in result.complaint
    assert not any((got / one).exists() for one in ("1", "2", "3", "4", "5", "6", "synced"))
    assert (disk / "secret" / "shadow").read_bytes() == SECRET
    assert not (disk / "in" / "synced").exists()


@pytest.mark.parametrize("way", ["sftp", "scp -O"])
async def test_no_more_files_and_bytes_come_and_go_than_the_permit_says(
    plant: Screened, tmp_path: Path, way: str
) -> None:
    """D15: numbers of the permit hold all its sessions, to the byte, and what was refused is neither here nor there."""
    client, there, here = plant.gate.person("ana"), tmp_path / "there", tmp_path / "here"
    for folder in (there, here):
        folder.mkdir()
    for name in "ab":
        (there / name).write_bytes(b"g" * 600 * 1024)
        (here / f"{name}-put").write_bytes(b"p")
    limits = frozenset({"sftp get at most 1 MiB in all", "sftp put at most 1 files in all"})
    grants = frozenset(map(Grant.of, ("sftp", "scp", "rsync")))
    plant.gate.permit("ana", "eng-ws-1", grants=grants, limits=limits)
    results = []
    for name in "ab":
        for source, target in (
            (f"{there}/{name}", f"{here}/{name}"),
            (f"{here}/{name}-put", f"{there}/{name}-put"),
        ):
            gets = source.startswith(str(there))
            if way == "sftp":
                results.append(await client.sftp(WHERE, f"{'get' if gets else 'put'} {source} {target}\n"))
            else:
                far = f"{WHERE}@{{gate}}:"
                ends = (far + source, target) if gets else (source, far + target)
                results.append(await client.scp(*ends, "-O"))
    assert [one.status == 0 for one in results] == [True, True, False, False], results
    assert "[file_most_bytes]" in results[2].complaint
    assert "[file_most_files]" in results[3].complaint
    assert not (there / "b-put").exists()
    arrived = sum(one.stat().st_size for one in here.iterdir() if not one.name.endswith("put"))
    assert 600 * 1024 <= arrived <= 1024 * 1024
    shell = " ".join([program("ssh"), *client.options("-p", str(client.port))])
    ends = (f"{WHERE}@{client.host}:{there}/a", f"{here}/synced")
    result = await client.run([program("rsync"), "-r", "-e", shell, *ends])
    assert result.status != 0
    assert "[rsync_not_counted]" in result.complaint


@contextmanager
def swapping(path: Path, to: Path) -> Iterator[list[int]]:
    """Somebody at the asset who puts a link in the place of ``path`` and takes it away again, as fast as they can."""
    over, swaps = threading.Event(), [0]
    good, link = path.with_name(f".{path.name}.good"), path.with_name(f".{path.name}.link")
    link.symlink_to(to)

    def swap() -> None:
        while not over.is_set():
            path.rename(good)
            link.rename(path)
            path.rename(link)
            good.rename(path)
            swaps[0] += 1

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield swaps
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("what", ["file", "folder"])
async def test_a_link_that_comes_and_goes_thousands_of_times_lets_no_byte_of_another_file_through(
    plant: Screened, disk: Path, tmp_path: Path, what: str
) -> None:
    """D15: while files are got and put, somebody at the asset exchanges the file, or its folder, for a link that leads out."""
    client, got, source = ana(plant, disk), tmp_path / "got", tmp_path / "fw.bin"
    source.write_bytes(b"firmware" * 1000)
    got.mkdir()
    for root in ("out", "in"):
        (disk / root / "sub").mkdir()
        (disk / root / "sub" / "shadow").write_bytes(b"harmless")
    end = Path("sub") if what == "folder" else Path("sub") / "shadow"
    to = disk / "secret" / ("" if what == "folder" else "shadow")
    batch = "".join(
        f"-get {disk}/out/sub/shadow {got}/{at}\n-put {source} {disk}/in/sub/shadow\n" for at in range(GETS)
    )
    with swapping(disk / "out" / end, to) as outward, swapping(disk / "in" / end, to) as inward:
        while True:
            result = await client.sftp(WHERE, batch)
            if min(*outward, *inward) >= SWAPS:
                break
    assert result.status in {0, 1}
    assert not [one.name for one in got.iterdir() if b"root" in one.read_bytes()]
    assert (disk / "secret" / "shadow").read_bytes() == SECRET
    assert [one.name for one in (disk / "secret").iterdir()] == ["shadow"]
