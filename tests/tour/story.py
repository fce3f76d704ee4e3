"""From request to replay: the first vendor session, whole. Each step returns what it proved."""

import asyncio
import hashlib
import json
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import Browser
from pymodbus.client import AsyncModbusTcpClient

from broker.demo.ports import free_port
from domain.canonical import canonical
from tests.node_clients import listens
from tests.openssh import Client, Result
from tests.tour.browser import approve_by_passkey, enrol_passkey, look, signed_in
from tests.tour.plant import Plant

WINDOW_S = 12


@dataclass
class Story:
    """What earlier steps left for later ones."""

    plant: Plant
    browser: Browser
    permit: str = ""
    held: "asyncio.subprocess.Process | None" = None
    master: "asyncio.subprocess.Process | None" = None
    client: Client | None = None
    control: Path = field(default_factory=Path)
    session: str = ""
    case: Path = field(default_factory=Path)

    async def leave(self) -> None:
        """End what is still open."""
        for process in (self.held, self.master):
            if process is not None and process.returncode is None:
                process.kill()
                await process.wait()

    def through_master(self, *arguments: str) -> list[str]:
        """One more channel on the connection that is open: no second sign-in."""
        assert self.client is not None
        return self.client.command(
            "ana+eng-ws-1", *arguments, options=["-S", str(self.control), "-o", "ControlMaster=no"]
        )


async def refused_without_a_permit(story: Story) -> str:
    client = await story.plant.client("ana")
    tried = await client.ssh("ana+eng-ws-1", "true")
    expect(tried.status == 77 and "refused [no_permit]" in tried.complaint, tried)
    return "ssh ends with 77 and says no_permit"


async def asked_for_in_the_lobby(story: Story) -> str:
    client = await story.plant.client("ana")
    command = "ask eng-ws-1 --for 1h --with shell,exec,sftp,scp --purpose 'pump drive tuning' --json"
    asked = await client.ssh("ana", command)
    expect(asked.status == 0, asked)
    found = json.loads(asked.out)
    story.permit = str(found["permit"]["id"] if isinstance(found["permit"], dict) else found["permit"])
    return f"permit {story.permit[:8]}… waits"


async def held_while_it_waits(story: Story) -> str:
    story.client = await story.plant.client("ana")
    story.held = await asyncio.create_subprocess_exec(
        *story.client.command("ana+eng-ws-1", "echo opened; id -un >&2; exit 7"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=story.client.environment(),
        start_new_session=True,
    )
    assert story.held.stderr is not None
    async with asyncio.timeout(20):
        while b"waiting for" not in (line := await story.held.stderr.readline()):
            expect(line != b"", "the client was not held")
    expect(story.held.returncode is None, "the client was let go")
    return line.decode().strip()


async def approved_by_a_passkey(story: Story) -> str:
    async with signed_in(story.browser, story.plant, "petra") as page:
        fingerprint = await enrol_passkey(page, story.plant, "petra")
        await approve_by_passkey(page, story.plant, story.permit)
        await look(page, "approved")
        story.plant.told["plc"] = plc = await _ask(  # type: ignore[index]
            story, "ana", "plc-07", [f"forward:{story.plant.port('plc-07')}"], action="operate"
        )
        await approve_by_passkey(page, story.plant, plc)
    assert story.held is not None
    async with asyncio.timeout(20):
        out, err = await story.held.communicate()
    expect(out == b"opened\n" and story.held.returncode == 7, (out, err, story.held.returncode))
    return f"Chromium signed the permit's own bytes; enrolled key {fingerprint}; the held client went in"


async def shell_exec_sftp(story: Story) -> str:
    plant = story.plant
    story.client, story.control = await plant.client("ana"), plant.scratch / "control"
    story.master = await asyncio.create_subprocess_exec(
        *story.client.command("ana+eng-ws-1", "sleep 600", options=["-M", "-S", str(story.control)]),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=story.client.environment(),
        start_new_session=True,
    )
    async with asyncio.timeout(40):
        while not story.control.exists():
            await asyncio.sleep(0.05)
    ran = await story.client.run(story.through_master("printf 'a\\0b'; printf oops >&2; exit 3"))
    expect((ran.status, ran.out, ran.err) == (3, b"a\0b", b"oops"), ran)
    shell = await story.client.run(
        story.through_master("-tt"), given=b"stty size; echo mar''ker-tour; exit 4\n"
    )
    expect(shell.status == 4 and b"marker-tour" in shell.out, shell)
    data = hashlib.sha256(b"tour").digest() * 40_000
    (plant.scratch / "up.bin").write_bytes(data)
    moved = await story.client.sftp(
        "ana+eng-ws-1",
        f"put {plant.scratch}/up.bin up.bin\nget up.bin {plant.scratch}/down.bin\nrm up.bin\n",
        "-o",
        f"ControlPath={story.control}",
        "-o",
        "ControlMaster=no",
    )
    expect(moved.status == 0 and (plant.scratch / "down.bin").read_bytes() == data, moved)
    return f"exit 3 with its two streams apart, a shell, {len(data)} bytes up and down, unchanged"


async def forward_to_the_controller(story: Story) -> str:
    plant, port = story.plant, free_port()
    client = await plant.client("ana")
    forward = await asyncio.create_subprocess_exec(
        *client.command("ana", "-N", "-L", f"{port}:plc-07:{plant.port('plc-07')}"),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=client.environment(),
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(40):
            await listens(port)
        modbus = AsyncModbusTcpClient("127.0.0.1", port=port, timeout=10)
        expect(await modbus.connect(), "no Modbus connection")
        await modbus.write_register(40, 350, device_id=1)
        restart = await modbus.diag_restart_communication(toggle=False, device_id=1)
        expect(restart.isError(), "a restart of the controller's communication was let through")
        read = await modbus.read_holding_registers(39, count=3, device_id=1)
        modbus.close()
        expect(read.registers == [17, 350, 17], read)
    finally:
        forward.kill()
        await forward.wait()
    return "pymodbus wrote and read registers of plc-07 through ssh -L; to restart it was refused as beyond the permit"


async def recorded(story: Story) -> str:
    listed, ended = [], []
    for _ in range(20):
        listed = await story.plant.here("evidence", "list")
        ended = [one for one in listed if one["end"] != "open"]
        if len(ended) == 2 and len(listed) == 3:
            break
        await asyncio.sleep(0.3)
    expect(len(ended) == 2 and len(listed) == 3, listed)
    return f"{len(listed)} sessions in the ledger, {len(ended)} of them sealed, 1 still open"


async def cut_by_the_windows_end(story: Story) -> str:
    permit = await _ask(story, "ben", "historian", ["shell"], WINDOW_S)
    await _approve_by_code(story, permit)
    client = await story.plant.client("ben")
    process = await asyncio.create_subprocess_exec(
        *client.command(f"permit-{permit}", "-tt"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=client.environment(),
        start_new_session=True,
    )
    assert process.stdin is not None
    process.stdin.write(b"while :; do date +%s.%N; sleep 0.2; done\n")
    async with asyncio.timeout(WINDOW_S + 15):
        out, err = await process.communicate()
    gone = datetime.now(UTC)
    ends = datetime.fromisoformat(
        (await story.plant.api("ben", "GET", f"/permits/{permit}"))["permit"]["window"]["end"]
    )
    ticks = [float(line) for line in out.split() if line.replace(b".", b"").isdigit() and b"." in line]
    expect(bool(ticks) and max(ticks) <= ends.timestamp(), (ticks[-3:], ends, err))
    late = (gone - ends).total_seconds()
    expect(-0.5 <= late <= 2 and process.returncode not in {0, 255}, (late, process.returncode, err))
    return f"the loop ran until the last second, nothing came after it; the client ended {max(late, 0):.1f} s after"


async def a_second_session_killed(story: Story) -> str:
    live = await story.plant.here("sessions", "list")
    (one,) = [each for each in live if each["asset"] == "eng-ws-1"]
    story.session = str(one["session"])
    before = datetime.now(UTC)
    await story.plant.here("sessions", "stop", story.session, "--reason", "tour")
    assert story.master is not None
    async with asyncio.timeout(5):
        await story.master.wait()
    taken = (datetime.now(UTC) - before).total_seconds()
    for _ in range(20):  # it stays listed until its recording is sealed and its end is told
        if not (left := await story.plant.here("sessions", "list")):
            break
        await asyncio.sleep(0.1)
    expect(not left, f"it is still listed: {left}")
    return f"penstock sessions stop: the client was gone {taken:.1f} s after the command was typed"


async def replayed(story: Story) -> str:
    await _sealed(story)
    shown = await story.plant.penstock(
        "evidence", "replay", story.session, "--channel", "3", "--dir", str(story.plant.folder)
    )
    expect("marker-tour" in shown, shown)
    async with signed_in(story.browser, story.plant, "iris") as page:
        await page.goto(f"{story.plant.url}/evidence/sessions/{story.session}")
        await page.click("text=Replay shell")
        await page.wait_for_selector(".ap-player")
        await page.click(".ap-overlay-start, .ap-playback-button")
        await page.wait_for_selector(".ap-term >> text=marker-tour", timeout=30_000)
        await look(page, "replay")
        await page.goto(f"{story.plant.url}/evidence/sessions/{story.session}")
        await page.click("text=Take the case file away")
        await page.fill("[name=purpose]", "the tour's own check")
        async with page.expect_download() as download:
            await page.click("button:text('Case file')")
        story.case = story.plant.scratch / "case.zip"
        await (await download.value).save_as(story.case)
    return "the auditor saw the shell again in the browser, and took the case file away"


async def verified(story: Story) -> str:
    status, report = await _verify(story, story.case)
    expect(status == 0 and report["verdict"] == "PASS", report)
    return f"python -m recorder verify: PASS in {len(report['steps'])} steps, offline, with the key alone"


async def one_flipped_byte_named(story: Story) -> str:
    data = bytearray(story.case.read_bytes())
    at = data.find(b"recording.pnr") + 2_000
    data[at] ^= 0x01
    flipped = story.plant.scratch / "flipped.zip"
    flipped.write_bytes(data)
    status, report = await _verify(story, flipped)
    failed = [step for step in report["steps"] if step["verdict"] == "FAIL"]
    expect(status == 1 and failed, report)
    return f"byte {at}: FAIL at step {failed[0]['number']}, {failed[0]['sentence'][:70]}"


async def a_forged_approval_refused(story: Story) -> str:
    permit = await _ask(story, "ben", "historian", ["shell"], 1800)
    forge(story.plant.folder / "penstock.db", permit)
    client = await story.plant.client("ben")
    tried = await client.ssh(f"permit-{permit}", "-tt")
    expect(tried.status == 77 and "refused [permit_edited]" in tried.complaint, tried)
    return "rows that say approved, and a borrowed proof: 77, " + tried.complaint.split(":")[1].strip()


async def a_refusal_in_the_ledger(story: Story) -> str:
    found = await story.plant.here("evidence", "search", "no_permit")
    expect(any(one["event"] == "PassageRefused" and one["person"] == "ana" for one in found), found)
    return f"leaf {found[-1]['index']}: {found[-1]['event']} [{found[-1]['code']}] of {found[-1]['person']}"


def forge(database: Path, permit: str) -> None:
    """What an administrator of the database could do: copy a real approval onto a permit that nobody signed."""
    with closing(sqlite3.connect(database, timeout=10)) as db, db:
        db.row_factory = sqlite3.Row
        (real,) = db.execute("SELECT * FROM permit_approval ORDER BY at_us LIMIT 1").fetchall()
        (row,) = db.execute("SELECT * FROM permit WHERE id = ?", [permit]).fetchall()
        borrowed = canonical({**json.loads(real["document"]), "permit": row["digest"]})
        version = row["version"] + 1
        step = {
            "permit": permit,
            "version": version,
            "before": "requested",
            "event": "approve",
            "after": "approved",
        }
        _insert(db, "permit_history", step | {"by": "petra", "reason": "", "at_us": real["at_us"]})
        approval = dict(real) | {"permit": permit, "version": version, "document": borrowed}
        _insert(db, "permit_approval", approval | {"proof_key": f"forged-{permit}"})
        db.execute("UPDATE permit SET state = 'approved', version = ? WHERE id = ?", [version, permit])


def _insert(db: sqlite3.Connection, table: str, row: dict[str, object]) -> None:
    places = ", ".join("?" * len(row))
    names = ", ".join(f'"{name}"' for name in row)
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(row.values()))


async def _ask(
    story: Story, person: str, asset: str, grants: list[str], seconds: int = 3600, action: str = "view"
) -> str:
    start = datetime.now(UTC).replace(microsecond=0)
    body = {
        "asset": asset,
        "grants": grants,
        "actions": [action],
        "start": start.isoformat(),
        "end": (start + timedelta(seconds=seconds)).isoformat(),
        "purpose": "the tour",
    }
    return str((await story.plant.api(person, "POST", "/permits", body))["id"])


async def _approve_by_code(story: Story, permit: str) -> None:
    digest = (await story.plant.api("petra", "GET", f"/permits/{permit}"))["digest"]
    body = {"right": "connect", "code": await story.plant.code("petra"), "digest": digest}
    await story.plant.api("petra", "POST", f"/permits/{permit}/approve", body)


async def _sealed(story: Story) -> None:
    async with asyncio.timeout(20):
        while not any(
            one["session"] == story.session and one["end"] != "open"
            for one in await story.plant.here("evidence", "list")
        ):
            await asyncio.sleep(0.2)


async def _verify(story: Story, case: Path) -> tuple[int, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "recorder",
        "verify",
        str(case),
        "--key",
        str(story.plant.folder / "keys" / "ledger.vkey"),
        "--json",
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, json.loads(out)


def expect(held: object, otherwise: object) -> None:
    """Like assert, and with python -O too."""
    if not held:
        said = otherwise.err.decode(errors="replace") if isinstance(otherwise, Result) else ""
        raise AssertionError(f"{otherwise!r} {said}")


STEPS: list[tuple[str, Callable[[Story], Awaitable[str]]]] = [
    ("refused without a permit", refused_without_a_permit),
    ("asked for in the lobby", asked_for_in_the_lobby),
    ("held while it waits", held_while_it_waits),
    ("approved by a passkey signature", approved_by_a_passkey),
    ("shell, exec, sftp", shell_exec_sftp),
    ("forward", forward_to_the_controller),
    ("recorded", recorded),
    ("cut in mid-command by the window's end", cut_by_the_windows_end),
    ("a second session killed", a_second_session_killed),
    ("replayed", replayed),
    ("verified", verified),
    ("one flipped byte named", one_flipped_byte_named),
    ("a forged approval row refused", a_forged_approval_refused),
    ("a refusal found in the ledger", a_refusal_in_the_ledger),
]
