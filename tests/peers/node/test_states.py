"""What a zone's operating state does to live sessions of a whole node: held, asked again, attended, ended."""

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.node import PENSTOCK, Node, plant_state
from tests.node_clients import Running, started, until

pytestmark = pytest.mark.asyncio(loop_scope="session")


@asynccontextmanager
async def typing(plant: Node, person: str) -> AsyncIterator[Running]:
    """Their client with a program at the asset that says back what it is told."""
    async with plant.started(plant.client(person), f"{person}+eng-ws-1", "echo begun; cat") as client:
        await client.says(b"begun")
        yield client


def types(client: Running, line: bytes) -> None:
    assert client.process.stdin is not None
    client.process.stdin.write(line + b"\n")


async def held(plant: Node, person: str, hold: str) -> dict[str, Any]:
    """The leaf that says so, and the session as its gate reports it."""
    opened = await plant.event("SessionOpened", person=person)
    leaf = dict(await plant.event("SessionHeld", session=opened["session"], hold=hold))
    await reported(plant, person, held=[hold])
    return leaf


async def reported(plant: Node, person: str, **fields: object) -> None:
    """Return once the list of sessions has all this of a person's; a gate reports some time after the fact."""

    def there() -> bool:
        of_theirs = [one for one in plant.live() if one["person"] == person]
        return any(all(one[name] == value for name, value in fields.items()) for one in of_theirs)

    await until(there, f"a session of {person} with {fields}")


async def wish_of(plant: Node, person: str, besides: str) -> dict[str, Any]:
    """The permit that was asked for on a live session's behalf."""
    opened = await plant.event("PermitRequested", person=person, door="state")
    assert opened["permit"] != besides
    return dict((await plant.api("petra", "GET", f"/permits/{opened['permit']}")).json())


async def test_b11_maintenance_to_start_up_stops_writes_and_a_yes_for_start_up_lets_them_go_on(
    plant: Node,
) -> None:
    """B11: writes stop, a leaf is written, and only the approval of exactly this for the new state lets them go on."""
    person = plant.fresh()
    permit = await plant.permitted(person, states=["maintenance"])
    async with typing(plant, person) as client:
        types(client, b"before")
        await client.says(b"before")
        await plant.here("state", "set", "operations", "start-up", "--reason", "pumps are being primed")
        leaf = await held(plant, person, "state")
        assert leaf["state"] == "start-up"
        await client.complains(b"the plant is asked again")
        types(client, b"written while held")
        wish = await wish_of(plant, person, permit)
        assert (wish["state"], wish["permit"]["states"]) == ("requested", ["start-up"])
        # What was typed while it is held has not crossed.
        await reported(plant, person, held=["state"], bytes_to_asset=len(b"before\n"))
        (live,) = [one for one in await plant.here("sessions", "list") if one["person"] == person]
        assert (live["held"], live["bytes_to_asset"]) == (["state"], len(b"before\n"))
        await plant.approve(wish["id"])
        released = await plant.event("SessionReleased", session=leaf["session"])
        assert (released["agreed"], len(released["approvals"])) == (wish["id"], 1)
        await client.says(b"written while held")  # nothing of it was lost
        await client.complains(b"goes on again")
        await plant.here("state", "set", "operations", "emergency", "--reason", "alarm")
        status, _out, err = await client.ends()
        assert (status, b"operating state changed" in err) == (77, True)
    await plant.event("SessionEnded", session=leaf["session"])
    report = (await plant.here("evidence", "verify", leaf["session"]))["report"]
    (agreed,) = [one for one in report["steps"] if one["title"] == "states agreed to"]
    assert (report["verdict"], wish["id"] in agreed["sentence"]) == ("PASS", True), report
    await plant_state(plant, "operations", "maintenance")


async def test_b11_a_no_for_the_new_state_ends_the_session(plant: Node) -> None:
    person = plant.fresh()
    permit = await plant.permitted(person, states=["maintenance"])
    async with typing(plant, person) as client:
        await plant.here("state", "set", "operations", "start-up")
        await held(plant, person, "state")
        wish = await wish_of(plant, person, permit)
        answer = await plant.api("petra", "POST", f"/permits/{wish['id']}/refuse", {"reason": "not now"})
        assert answer.is_success, answer.text
        assert (await client.ends())[0] == 77
    ended = await plant.event("SessionEnded", permit=permit)
    assert ended["cause"] == "state_change"
    await plant_state(plant, "operations", "maintenance")


async def test_a_paused_session_holds_what_is_typed_and_loses_nothing_of_it(plant: Node) -> None:
    """Paused by the holder in the console, resumed at the plant's machine: both sides are told each time."""
    person = plant.fresh()
    permit = await plant.permitted(person)
    async with typing(plant, person) as client:
        session = await plant.session_of(person)  # the console knows of it when the gate has reported it
        page = await plant.holder()
        done = await page.post(f"/sessions/{session}/pause", data={"reason": "wrong valve"})
        assert done.status_code == 303, done.text
        await held(plant, person, "paused")
        await client.complains(b"The plant paused this session.")
        types(client, b"typed while paused")
        (live,) = [one for one in await plant.here("sessions", "list") if one["person"] == person]
        assert live["bytes_to_asset"] == 0
        assert "Paused by" in (await page.get("/sessions")).text
        line = ["sessions", "watch", session, "--dir", str(plant.layout.folder)]
        async with started(plant.client(person), [*PENSTOCK, *line]) as eyes:
            await eyes.says(b"begun")
            await eyes.complains(b"You watch, and attend.")
            await plant.event("AttendanceChanged", scope=f"session:{session}", present=True)
            eyes.process.send_signal(signal.SIGINT)
            assert (await eyes.ends())[0] == 0
        watched = [
            await plant.event("SessionWatched", session=session),
            *plant.events("SessionWatched", session=session),
        ]
        assert [one["since"] != "" for one in watched[1:]] == [False, True]
        assert watched[-1]["since"] == watched[0]["at"]
        await plant.here("sessions", "resume", session, "--reason", "it was the right one")
        await client.says(b"typed while paused")
        await client.complains(b"goes on again")
        await plant.event("SessionReleased", session=session, hold="paused")
        paused = await plant.event("SessionPaused", session=session)
        assert (paused["by"], paused["reason"]) == ("petra", "wrong valve")
        resumed = await plant.event("SessionResumed", session=session)
        assert str(resumed["by"]).startswith("local:")
        await plant.here("sessions", "pause", session)
        await plant.here("sessions", "stop", session)
        assert (await client.ends())[0] == 77
    assert (await plant.event("SessionEnded", permit=permit))["cause"] == "killed"


async def test_d11_attended_only_works_while_somebody_attends_and_waits_when_they_are_lost(
    plant: Node,
) -> None:
    """D11: the attendant's process is killed, not ended: their silence is what is noticed."""
    person = plant.fresh()
    await plant.permitted(person, actions=["configure"])
    await plant_state(plant, "operations", "running")
    async with plant.started(plant.client(person), f"{person}+eng-ws-1", "echo begun; cat") as client:
        leaf = await held(plant, person, "unattended")
        types(client, b"waiting for eyes")
        line = ["sessions", "attend", leaf["session"], "--dir", str(plant.layout.folder)]
        async with started(plant.client(person), [*PENSTOCK, *line]) as attendant:
            await attendant.says(b"You attend")
            await client.says(b"waiting for eyes")
            attendant.process.send_signal(signal.SIGKILL)
            await attendant.process.wait()
        await until(lambda: len(plant.events("SessionHeld", session=leaf["session"])) == 2, "a second hold")
        types(client, b"nobody watches")
        await client.complains(b"Nobody of the plant is watching")
        await plant.here("sessions", "stop", leaf["session"])
        _status, out, _err = await client.ends()
        assert b"nobody watches" not in out
    # The watchdog enforces first and tells the ledger when the ledger has time: the leaf may come after the end.
    seen = {"scope": f"session:{leaf['session']}"}
    await plant.event("AttendanceChanged", **seen, present=False)
    assert [one["present"] for one in plant.events("AttendanceChanged", **seen)] == [True, False]
    await plant_state(plant, "operations", "maintenance")
