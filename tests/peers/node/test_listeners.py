"""Every way into a node at once: what listens is known, and none of it opens to a single factor."""

import asyncio
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncssh
import pytest

from broker.console.access import ACCESS, Door
from tests.node import Node
from tests.peers.node.by_password import PASSWORD, signing_in, with_password

pytestmark = pytest.mark.asyncio(loop_scope="session")

LISTENS, ACCEPTS = "0A", 0x10000
"""TCP's state LISTEN and a unix socket's flag SO_ACCEPTCON, as /proc/net shows them."""


def processes(plant: Node) -> Iterator[Path]:
    """All of the node, by the configuration that each was started with."""
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and str(plant.layout.config).encode() in (entry / "cmdline").read_bytes():
                yield entry


def held(process: Path) -> set[str]:
    """The inodes of its sockets."""
    found = set()
    for one in (process / "fd").iterdir():
        with suppress(OSError):
            if (end := one.readlink().name).startswith("socket:["):
                found.add(end[8:-1])
    return found


def listening(plant: Node) -> tuple[set[tuple[str, int]], set[str]]:
    """Where the node can be reached: addresses and ports of TCP, and the paths of unix sockets."""
    inodes = set().union(*map(held, processes(plant)))
    ports, paths = set(), set()
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENS and fields[9] in inodes:
                address, port = fields[1].split(":")
                ports.add((address, int(port, 16)))
    for line in Path("/proc/net/unix").read_text().splitlines()[1:]:
        fields = line.split(maxsplit=7)
        if int(fields[3], 16) & ACCEPTS and fields[6] in inodes:
            paths.add(fields[7] if len(fields) > 7 else "")
    return ports, paths


class Half(asyncssh.SSHClient):
    """A client that brings a password to whatever asks, and notes what did."""

    def __init__(self, answer: str) -> None:
        self.answer, self.asked = answer, []

    def password_auth_requested(self) -> str | None:
        self.asked.append("password")
        return self.answer if len(self.asked) == 1 else None

    def kbdint_auth_requested(self) -> str:
        return ""

    def kbdint_challenge_received(self, *_given: object) -> list[str]:
        self.asked.append("code")
        return [self.answer]


async def refused_at_the_ssh_door(plant: Node, person: str, key: Path | None, answer: str) -> list[str]:
    """What was asked of a client with this key, or none, and this one answer; it must not get in."""
    half = Half(answer)
    with pytest.raises(asyncssh.Error):
        async with asyncio.timeout(30):
            await asyncssh.connect(
                "127.0.0.1",
                plant.ssh_port,
                config=None,
                known_hosts=str(plant.scratch / "known_hosts"),
                username=person,
                client_keys=[asyncssh.read_private_key(key)] if key else (),
                agent_path=None,
                client_factory=lambda: half,
            )
    return half.asked


async def test_whatever_listens_is_one_of_two_doors_or_reached_by_the_node_s_own_user_alone(
    plant: Node,
) -> None:
    """A02: a third door would be one that nobody walked."""
    ports, paths = listening(plant)
    local = "0100007F"  # 127.0.0.1, as the node's settings say
    assert ports == {(local, plant.ssh_port), (local, int(plant.url.rpartition(":")[2]))}
    assert paths, "the processes speak with each other by unix sockets"
    for path in map(Path, paths):
        assert path.is_relative_to(plant.layout.folder), path
        shut = [one for one in (path, *path.parents) if one.is_relative_to(plant.layout.folder)]
        assert any(stat.S_IMODE(one.stat().st_mode) & 0o077 == 0 for one in shut), path


async def test_at_the_ssh_door_no_single_factor_is_enough(plant: Node) -> None:
    """A02: a key, a code, a password, nothing at all: each by itself."""
    person = plant.fresh()
    key, code = plant.scratch / "people" / person, plant.code(person)
    for mine, answer in ((None, code), (None, PASSWORD), (None, "")):
        assert await refused_at_the_ssh_door(plant, person, mine, answer) == [], (
            "without a key nothing is asked"
        )
    assert set(await refused_at_the_ssh_door(plant, person, key, PASSWORD)) <= {"code"}


async def test_over_https_no_password_no_cookie_and_no_basic_auth_opens_anything(plant: Node) -> None:
    """A02: every route that is not for everybody, asked by somebody who has the right password and nothing else."""
    await with_password(plant)
    shut = [route for route, row in ACCESS.items() if row.door is not Door.NONE]
    assert len(shut) > 150
    async with plant._browser({"origin": plant.url}) as page:
        assert (await signing_in(page, PASSWORD, "")).status_code == 401
        half = "; ".join(f"{one.name}={one.value}" for one in page.cookies.jar)
        page.cookies.clear()
        cookie = f"{half}; __Host-penstock={'A' * 43}"
        for brought in ({"auth": ("milo", PASSWORD)}, {"headers": {"cookie": cookie}}):
            opened = [
                (method, path, answer.status_code)
                for method, path in shut
                if (answer := await page.request(method, where(path), **brought)).status_code
                not in {401, 303}
                or (answer.status_code == 303 and not answer.headers["location"].startswith("/sign-in"))
            ]
            assert opened == [], brought
        # Once only: whoever tries tokens is soon answered nothing at all.
        answer = await page.get("/api/v1/permits", headers={"authorization": f"Bearer {PASSWORD}"})
        assert answer.status_code == 401


def where(path: str) -> str:
    """The path of a route with something in each of its places."""
    return re.sub(r"\{[^}]+\}", "0", path)
