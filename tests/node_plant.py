"""The plant of a composed node: the sample charter with many more people, and a device that answers."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

from broker.charter.founding import new_ssh_key, public_line
from broker.clock import SystemClock
from broker.demo.sample import filled
from tests.sshd import Sshd

BRIGHTWATER, KESTREL = 60, 8

PERSON = """
[[person]]
id = "{id}"
name = "{name}"
vendor = "{vendor}"
ssh_keys = ["{key}"]
contact = "none"

[person.admitted]
from = {since}
until = {until}
by = "olga"

[person.proofed]
on = {since}
kind = "in-person"
by = "olga"

[person.checked]
from = {since}
until = {until}
by = "the vendor"

[[person.training]]
name = "Site safety"
from = {since}
until = {until}
"""


def charter_of(
    people: Path, assets: Mapping[str, Sshd], ports: Mapping[str, int], clock: SystemClock
) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The sample charter with many more people, and commands allowed wherever a shell is."""
    today = clock.now().date()
    values = {
        "address": "127.0.0.1",
        **{name: str(port) for name, port in ports.items()},
        **{f"port_{name.replace('-', '_')}": str(one.port) for name, one in assets.items()},
        **{f"host_key_{name.replace('-', '_')}": one.host_key for name, one in assets.items()},
        "ssh_key_ana": public_line(),
        "ssh_key_ben": public_line(),
    }
    files = filled(values, today=today)
    left: dict[str, list[str]] = {}
    for vendor, letter, count in (("brightwater", "v", BRIGHTWATER), ("kestrel", "k", KESTREL)):
        left[vendor] = [f"{letter}{number:02}" for number in range(1, count + 1)]
        files["people.toml"] += "".join(
            PERSON.format(
                id=one,
                name=f"{vendor.title()} {_word(number)}",
                vendor=vendor,
                key=new_ssh_key(people / one),
                since=today - timedelta(days=1),
                until=today + timedelta(days=30),
            )
            for number, one in enumerate(left[vendor])
        )
    files["conduits.toml"] = (
        files["conduits.toml"]
        .replace('grants = ["shell", "forward"]', 'grants = ["shell", "exec", "forward"]')
        .replace('grants = ["sftp", "shell"]', 'grants = ["sftp", "shell", "exec"]')
    )
    # What somebody did over this way may go at once, where two persons sign that.
    files["rights.toml"] += (
        '\n[[retention]]\nid = "stations"\nboundary = "operations"\nof = "recording"\nminimum_days = 0\nbasis = "T"\n'
    )
    return files, left


def _word(number: int) -> str:
    """A surname that looks like no other: the charter's reader minds names that can be mistaken."""
    return "".join(chr(ord("a") + int(digit) * 2) for digit in f"{number:03}").title() + "sen"


@asynccontextmanager
async def echo() -> AsyncIterator[int]:
    """A device that answers what it was sent; its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
