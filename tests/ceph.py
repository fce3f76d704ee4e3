"""A real S3 server for a test run: Ceph's object gateway over one memory store, all on loopback.

It is the one that enforces what it says of locks. Ended by its own processes. Where Ceph is missing, the
tests that need it are skipped loudly. Starting it takes some seconds, so a run has one (``conftest.py``).
"""

import secrets
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

from broker.demo.ports import free_port
from recorder.stores.s3 import Place, S3Store
from tests.programs import missing, program

PATIENCE_S = 90
PROGRAMS = ("ceph", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")
ACCESS, SECRET = "AKTEST", "SKTESTSECRET"

CONFIG = """
[global]
fsid = {fsid}
mon host = [v1:127.0.0.1:{mon}]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
ms bind ipv6 = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
mon max pg per osd = 2000
paxos propose interval = 0.05
paxos min wait = 0.01
osd objectstore = memstore
memstore device bytes = 2147483648
run dir = {folder}/run
admin socket = {folder}/run/$name.asok
log file = {folder}/$name.log
pid file = {folder}/run/$name.pid
keyring = {folder}/keyring
[mon.a]
mon data = {folder}/mon
[osd.0]
osd data = {folder}/osd
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw data = {folder}/rgw
rgw crypt require ssl = false
rgw gc obj min wait = 60
"""


@dataclass(frozen=True)
class Ceph:
    """A running server."""

    endpoint: str

    def bucket(self, *, locks: bool = True, versions: bool = True) -> str:
        """The name of a fresh bucket."""
        name = f"t{secrets.token_hex(8)}"
        client = self.client("-")
        client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=locks)
        if versions and not locks:
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name

    def place(self, bucket: str, endpoint: str = "", **more: Any) -> Place:
        """Where this node's evidence goes in it; ``endpoint`` where another stands in front."""
        return Place(endpoint or self.endpoint, bucket, "riverside/1/", **more)

    def store(self, bucket: str, endpoint: str = "", *, secret: str = SECRET, **more: Any) -> S3Store:
        """A client of the product's."""
        return S3Store(self.place(bucket, endpoint, **more), ACCESS, secret)

    def client(self, bucket: str) -> Any:
        """What talks to the server past the product: an administrator, or whoever broke in."""
        return self.store(bucket)._client


@contextmanager
def running(folder: Path) -> Iterator[Ceph]:
    """A server, up while entered."""
    if said := missing(*PROGRAMS):
        pytest.skip(said)
    for name in ("mon", "osd", "rgw", "run"):
        (folder / name).mkdir(parents=True)
    port, config = free_port(), folder / "ceph.conf"
    fsid, mon = str(uuid.uuid4()), free_port()
    config.write_text(CONFIG.format(fsid=fsid, mon=mon, port=port, folder=folder))
    begun: list[subprocess.Popen[bytes]] = []
    with (folder / "out.log").open("ab") as out:

        def found(name: str, *given: str) -> list[str]:
            return [program(name), *given]

        def done(*words: str) -> None:
            subprocess.run(found(*words), check=True, stdout=out, stderr=out, timeout=PATIENCE_S)

        def start(*words: str) -> None:
            begun.append(
                subprocess.Popen(found(*words, "-f"), stdout=out, stderr=out, stdin=subprocess.DEVNULL)
            )

        ours = ("-c", str(config))
        try:
            done(
                "monmaptool",
                "--create",
                "--fsid",
                fsid,
                "--addv",
                "a",
                f"[v1:127.0.0.1:{mon}]",
                f"{folder}/monmap",
            )
            done("ceph-mon", *ours, "--mkfs", "-i", "a", "--monmap", f"{folder}/monmap")
            start("ceph-mon", *ours, "-i", "a")
            disk = str(uuid.uuid4())
            done("ceph", *ours, "--connect-timeout", "30", "osd", "new", disk)
            done("ceph-osd", *ours, "-i", "0", "--mkfs", "--osd-uuid", disk)
            start("ceph-osd", *ours, "-i", "0")
            start("radosgw", *ours, "-n", "client.rgw")
            _answers(f"http://127.0.0.1:{port}/", begun, folder, out)
            admin = ("radosgw-admin", *ours, "-n", "client.rgw", "user", "create")
            done(*admin, "--uid=t", "--display-name=t", f"--access-key={ACCESS}", f"--secret={SECRET}")
            yield Ceph(f"http://127.0.0.1:{port}")
        finally:
            for one in reversed(begun):
                one.kill()  # its disk is memory: there is nothing to put in order
                one.wait()


def _answers(url: str, begun: list[subprocess.Popen[bytes]], folder: Path, out: IO[bytes]) -> None:
    late = time.monotonic() + PATIENCE_S
    again = 0
    while time.monotonic() < late and again < 10:
        for place, one in enumerate(begun):
            if one.poll() is not None:  # the disk may ask the monitor before it knows which cluster it is of
                begun[place] = subprocess.Popen(one.args, stdout=out, stderr=out)
                again += 1
        try:
            urllib.request.urlopen(url, timeout=PATIENCE_S).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    said = "".join(one.read_text(errors="replace")[-3000:] for one in folder.glob("*.log"))
    raise AssertionError(f"Ceph does not come up: {said}")


def versions(ceph: Ceph, bucket: str, prefix: str = "") -> list[Mapping[str, Any]]:
    """Every version in a bucket, as the server lists them."""
    found = ceph.client(bucket).list_object_versions(Bucket=bucket, Prefix=prefix)
    return list(found.get("Versions") or ())
