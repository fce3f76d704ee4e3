"""How a session ends on a whole node: in time, by hand, by isolation, by a change of state; and only the right one."""

import json
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from recorder.report import Verdict
from tests.node import Node, plant_state, until

pytestmark = pytest.mark.asyncio(loop_scope="session")

WINDOW_END = b"Your window has ended."
TICKING = "echo begun; while :; do echo tick; sleep 0.1; done"


async def sealed(plant: Node, person: str, cause: str) -> dict[str, Any]:
    """The leaf of how a person's session ended, once it is there; its recording verifies by then."""
    opened = await plant.event("SessionOpened", person=person)
    ended = dict(await plant.event("SessionEnded", session=opened["session"]))
    assert ended["cause"] == cause, ended
    assert ended["verified"] is True, "both sides were not seen closed"
    report = (await plant.here("evidence", "verify", opened["session"]))["report"]
    assert report["verdict"] == Verdict.PASS, report
    return ended


def barred(err: bytes) -> bytes:
    """The last line of a client's standard error that is the gate's."""
    return [line for line in err.splitlines() if line.startswith(b"penstock:")][-1]


async def test_peer_t38_at_the_window_s_end_the_client_is_warned_told_and_gone(plant: Node) -> None:
    """D01, D02: warned, cut at the window's end, and nothing opens after it."""
    person = plant.fresh()
    permit = await plant.permitted(person, for_s=7)
    async with plant.working(person) as client:
        assert b"this session ends in" in await client.complains(b"this session ends in")
        status, out, err = await client.ends()
    assert (status, out.strip(b"tick\n")) == (77, b"")
    assert WINDOW_END in barred(err)
    await sealed(plant, person, "window_end")
    (opened,) = plant.events("SessionOpened", person=person)
    window = (await plant.api(person, "GET", f"/permits/{permit}")).json()["permit"]["window"]
    assert datetime.fromisoformat(opened["deadline"]) == datetime.fromisoformat(window["end"])
    over = await plant.client(person).ssh(f"{person}+eng-ws-1", "echo again")
    assert (over.status, over.out) == (77, b"")


async def test_a_declared_step_keeps_a_real_session_past_its_window_and_a_stop_ends_it_at_once_d03(
    plant: Node,
) -> None:
    """D03: expiry waits for the step, on a whole node and with a stock client; a kill does not."""
    person = plant.fresh()
    # Another test may have left none for this half minute.
    codes = [plant.code("milo") + "\n" for _ in range(2)]
    permit = await plant.permitted(person, for_s=8)
    window_end = (await plant.filed(permit)).permit.window.end
    async with plant.working(person) as client:
        session = await plant.session_of(person)
        folder = ["--dir", str(plant.layout.folder), "--json"]
        asked = ["sessions", "hold", session, "--by", "milo", "--for", "5m", "--reason", "drive firmware"]
        held = await plant.command(*asked, *folder, given=codes[0])
        assert held.exit_code == 0, held.output
        assert b"must not be interrupted" in await client.complains(b"must not be interrupted")
        again = await plant.command(*asked, *folder, given=codes[1])
        assert (again.exit_code, "step_declared_before" in again.stderr) == (77, True)
        await until(lambda: datetime.now(UTC) > window_end, "the window's end")
        await client.says(b"tick")
        await plant.here("sessions", "stop", session)
        assert (await client.ends())[0] == 77
    ended = await sealed(plant, person, "killed")
    assert datetime.fromisoformat(ended["at"]) > window_end
    leaf = await plant.event("StepDeclared", session=session)
    assert len(plant.events("StepDeclared", session=session)) == 1
    assert leaf["by"] == "milo"
    assert datetime.fromisoformat(leaf["at"]) < window_end


async def test_abuse_03_all_channels_of_a_master_end_together_and_a_reconnect_gets_what_is_left(
    plant: Node,
) -> None:
    person = plant.fresh()
    await plant.permitted(person, for_s=11)
    async with plant.mastered(person, f"{person}+eng-ws-1") as master:
        assert (await master.ssh("echo before")).status == 0
    async with AsyncExitStack() as stack:
        again = await stack.enter_async_context(plant.mastered(person, f"{person}+eng-ws-1"))
        channels = [await stack.enter_async_context(again.started(TICKING)) for _ in range(5)]
        for one in channels:
            await one.says(b"begun")
        endings = [await one.ends() for one in channels]
        assert {status for status, _, _ in endings} == {77}
        late = await again.ssh("echo late")
        assert (late.status, late.out) != (0, b"late\n")
    first, second = plant.events("SessionOpened", person=person)
    assert first["deadline"] == second["deadline"]
    assert first["at"] < second["at"]
    ended = await plant.event("SessionEnded", session=second["session"])
    assert ended["cause"] == "window_end"


@pytest.mark.parametrize("by", ["api", "command"])
async def test_peer_t55_a_session_that_is_stopped_is_gone_everywhere(plant: Node, by: str) -> None:
    """D08, D09, D10: listed while it runs and nowhere after it; both sides were seen closed."""
    person = plant.fresh()
    await plant.permitted(person)
    async with plant.working(person) as client:
        session = await plant.session_of(person)
        listed = (await plant.api("petra", "GET", "/sessions")).json()["sessions"]
        assert session in {one["session"] for one in listed}
        if by == "api":
            answer = await plant.api("petra", "POST", f"/sessions/{session}/stop", {"reason": "wrong pump"})
            assert answer.status_code == 200, answer.text
        else:
            await plant.here("sessions", "stop", session, "--reason", "wrong pump")
        status, _out, err = await client.ends()
    assert status == 77
    assert b"The plant ended this session." in barred(err)
    await plant.only()
    await sealed(plant, person, "killed")
    assert await plant.event("Isolated", scope=f"session:{session}", reason="wrong pump")


async def test_peer_t55_a_session_that_is_not_there_can_not_be_stopped(plant: Node) -> None:
    """D07: a guess names nothing."""
    unknown = "z" * 26
    answer = await plant.api("petra", "POST", f"/sessions/{unknown}/stop", {"reason": "try"})
    assert answer.status_code == 404
    await plant.only()
    assert await plant.here("sessions", "list") == []
    status, _out, err = await plant.penstock(
        "sessions", "stop", unknown, "--dir", str(plant.layout.folder), "--json"
    )
    assert (status, "penstock:" in err) == (1, True), err


async def test_isolation_ends_what_it_names_and_nothing_else(plant: Node) -> None:
    """D09: a zone and an asset; reconnection is barred until it is restored."""
    pumping, station, other = plant.fresh(), plant.fresh(), plant.fresh("kestrel")
    await plant.permitted(pumping, "gateway-1", ["shell", "exec"])
    await plant.permitted(station)
    await plant.permitted(other, "historian", ["shell", "exec"])
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(plant.working(pumping, "gateway-1"))
        engineering = await stack.enter_async_context(plant.working(station))
        historian = await stack.enter_async_context(plant.working(other, "historian"))
        await plant.here("isolate", "zone:pumping", "--reason", "smoke")
        status, _out, err = await gateway.ends()
        assert (status, b"isolated" in barred(err)) == (77, True)
        await plant.only(station, other)
        tried = await plant.client(pumping).ssh(f"{pumping}+gateway-1", "echo in")
        assert (tried.status, "refused [isolated" in tried.complaint) == (77, True), tried
        await plant.here("isolate", "asset:historian")
        assert (await historian.ends())[0] == 77
        await plant.only(station)
        await engineering.says(b"tick")
        await plant.here("restore", "zone:pumping", "--reason", "all clear")
        await plant.here("restore", "asset:historian")
    tried = await plant.client(other).ssh(f"{other}+historian", "echo in")
    assert (tried.status, tried.out) == (0, b"in\n"), tried.complaint
    for person, cause in ((pumping, "isolated"), (other, "isolated")):
        await sealed(plant, person, cause)


async def test_a_zone_that_starts_running_ends_the_sessions_that_need_maintenance(plant: Node) -> None:
    pumping, station = plant.fresh(), plant.fresh()
    await plant.permitted(pumping, "gateway-1", ["shell", "exec"])
    await plant.permitted(station)
    async with plant.working(pumping, "gateway-1") as gateway, plant.working(station) as engineering:
        await plant.here("state", "set", "pumping", "running")
        await plant.here("state", "set", "operations", "running")
        status, _out, err = await gateway.ends()
        assert (status, b"operating state changed" in barred(err)) == (77, True)
        await engineering.says(b"tick")  # its conduit may be open while operations run
        await plant.only(station)
    await sealed(plant, pumping, "state_change")
    await plant_state(plant, "pumping", "maintenance")
    await plant_state(plant, "operations", "maintenance")
    assert await plant.event("StateChanged", zone="pumping", before="maintenance", after="running")
    assert await plant.event("StateChanged", zone="pumping", before="running", after="maintenance")


async def test_a_revoked_permit_ends_its_session_and_opens_no_other(plant: Node) -> None:
    person = plant.fresh()
    permit = await plant.permitted(person)
    async with plant.working(person) as client:
        await plant.api("petra", "POST", f"/permits/{permit}/revoke", {"reason": "left the site"})
        status, _out, err = await client.ends()
    assert (status, b"revoked" in barred(err)) == (77, True)
    await sealed(plant, person, "revoked")
    tried = await plant.client(person).ssh(f"{person}+eng-ws-1", "echo in")
    assert (tried.status, "refused [permit_revoked]" in tried.complaint) == (77, True)


async def test_peer_t35_peer_t42_nobody_of_the_vendor_s_decides_by_any_door(plant: Node) -> None:
    """D02: more time is asked for like any other, and the yes to it is the holder's alone."""
    asker, colleague = plant.fresh(), plant.fresh()
    permit = await plant.ask(asker)
    digest = (await plant.api(asker, "GET", f"/permits/{permit}")).json()["digest"]
    for person in (asker, colleague):
        code = plant.code(person)
        body = {"right": "connect", "code": code, "digest": digest}
        answer = await plant.api(person, "POST", f"/permits/{permit}/approve", body)
        assert answer.status_code in {403, 404}, answer.text
    async with plant.mastered(asker, asker) as lobby:
        for command in (f"approve {permit}", f"approve {permit} --right connect", f"decide {permit} yes"):
            assert (await lobby.ssh(command)).status not in {0, 255}
    waiting = (await plant.api("petra", "GET", f"/permits/{permit}")).json()
    assert waiting["state"] == "requested"
    assert json.dumps(waiting).count("passkey") == 0
    assert plant.events("PermitApproved", permit=permit) == []


async def test_peer_t42_the_holder_alone_can_not_ask_and_approve(plant: Node) -> None:
    body = {
        "asset": "eng-ws-1",
        "grants": ["shell"],
        "actions": ["view"],
        "start": "2030-01-01T08:00:00+00:00",
        "end": "2030-01-01T09:00:00+00:00",
        "purpose": "for myself",
    }
    answer = await plant.api("petra", "POST", "/permits", body)
    assert answer.status_code in {403, 422}, answer.text
