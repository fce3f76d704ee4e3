"""The lobby over a real connection; its commands through stock clients are in tests/peers."""

import asyncio
import json

from domain.permit import PermitState
from tests.peers.gate import PeerGate
from tests.peers.guests import enter, reading
from tests.sshd import Sshd


async def test_with_a_terminal_it_greets_prompts_and_takes_leave(gate: PeerGate) -> None:
    client = gate.person("ana")
    async with await enter(gate, "ana", [reading(client)], gate.code("ana")) as conn:
        process = await conn.create_process(term_type="xterm")
        process.stdin.write("permits\r")
        process.stdin.write("quit\r")
        result = await process.wait()
    out = str(result.stdout)
    assert "Welcome to the lobby of Riverside Water, Ana." in out
    assert "nothing here is real" in out
    assert out.count("penstock> ") == 2
    assert result.exit_status == 0


async def test_a_wait_ends_when_the_permit_is_decided_or_on_an_interrupt(gate: PeerGate, asset: Sshd) -> None:
    client = gate.person("ana")
    permit = gate.permit("ana", "eng-ws-1", approved=False)
    async with await enter(gate, "ana", [reading(client)], gate.code("ana")) as conn:
        process = await conn.create_process(term_type="xterm")
        process.stdin.write("wait\r")
        await process.stdout.readuntil("Ctrl-C to stop waiting.")
        process.stdin.write("\x03")
        await process.stdout.readuntil("penstock> ")
        process.stdin.write(f"wait {permit}\r")
        await process.stdout.readuntil("Ctrl-C to stop waiting.")
        gate.decide(permit, yes=True)
        await process.stdout.readuntil("Go in with: ssh ana+eng-ws-1@gate")
        process.stdin.write("\x04")
        assert (await process.wait()).exit_status == 0


async def test_it_lists_what_may_be_asked_for(gate: PeerGate, asset: Sshd) -> None:
    client = gate.person("ana")
    async with await enter(gate, "ana", [reading(client)], gate.code("ana")) as conn:
        listed = await conn.run("assets")
        for_machines = await conn.run("assets --json")
    assert listed.stdout == "eng-ws-1  eng-ws-1\n    ssh\n"
    (one,) = json.loads(str(for_machines.stdout))
    assert one == {
        "asset": "eng-ws-1",
        "name": "eng-ws-1",
        "endpoints": [{"protocol": "ssh", "port": asset.port}],
    }


async def test_somebody_else_s_permit_is_not_there(gate: PeerGate, asset: Sshd) -> None:
    gate.person("bo")
    permit = gate.permit("bo", "eng-ws-1", approved=False)
    client = gate.person("ana")
    async with await enter(gate, "ana", [reading(client)], gate.code("ana")) as conn:
        withdrawn = await conn.run(f"withdraw {permit}")
        waited = await conn.run(f"wait {permit}")
        listed = await conn.run("permits --json")
    assert withdrawn.exit_status == waited.exit_status == 77
    assert listed.stdout == "[]\n"
    assert gate.plant.filed[permit].state is PermitState.REQUESTED


async def test_an_unlock_that_can_not_be_kept_unlocks_nothing(gate: PeerGate) -> None:
    client = gate.person("ana")
    async with await enter(gate, "ana", [reading(client)], gate.code("ana")) as conn:
        gate.leaves.down = True
        result = await conn.run("unlock 5")
        gate.leaves.down = False
    assert result.exit_status == 77
    assert not gate.door._house.unlocks._until_s


async def test_lines_typed_far_ahead_are_dropped_and_not_hoarded(gate: PeerGate) -> None:
    client = gate.person("ana")
    async with await enter(gate, "ana", [reading(client)], gate.code("ana")) as conn:
        process = await conn.create_process()
        process.stdin.write("nonsense\n" * 5000)
        await asyncio.sleep(0)
        process.stdin.write_eof()
        result = await process.wait()
    assert result.exit_status == 64
    assert str(result.stderr).count("not a command") <= 5000


async def test_at_a_terminal_what_the_conduit_wants_to_know_is_asked_for(gate: PeerGate, asset: Sshd) -> None:
    """B05: nobody needs to remember the options; a script that leaves one out is refused and told which."""
    client = gate.person("ana")
    async with await enter(gate, "ana", [reading(client)], gate.code("ana")) as conn:
        script = await conn.run("ask eng-ws-1 --for 1h")
        process = await conn.create_process(term_type="xterm")
        process.stdin.write("ask eng-ws-1 --for 1h\r")
        await process.stdout.readuntil("What you will do: ")
        process.stdin.write("tune the drive\r")
        await process.stdout.readuntil("Asked for permit")
        process.stdin.write("\x04")
        await process.wait()
    assert (script.exit_status, "request_incomplete" in str(script.stderr)) == (77, True)
    (filed,) = gate.plant.filed.values()
    assert filed.permit.purpose == "tune the drive"
