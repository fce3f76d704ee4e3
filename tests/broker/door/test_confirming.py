"""Functions that need a proof of their own, at real devices: a stock S7 and a stock Modbus client, and a stock OpenSSH."""

from typing import Any

import pytest
from snap7.server import CPUState

from broker.conduits.step_up import STEP_UP
from domain.access import Action
from domain.limits import limits_of
from recorder.format.frame import Kind
from recorder.format.payloads import read
from tests.openssh import Client
from tests.peers.gate import PeerGate
from tests.peers.guests import enter, reading
from tests.peers.test_modbus import BEFORE, device
from tests.peers.test_modbus import tunnel as modbus
from tests.peers.test_s7 import cpu, refused
from tests.peers.test_s7 import tunnel as s7


def lists(gate: PeerGate, *texts: str) -> None:
    """The plant's conduit names these."""
    gate.demand(step_up=frozenset(limits_of(texts)))


async def says(
    gate: PeerGate, client: Client, *commands: str, code: str | None = None
) -> list[tuple[int, str]]:
    """What comes of commands on one connection of Ana's to the lobby."""
    told = []
    async with await enter(gate, "ana", [reading(client)], code or gate.code("ana")) as conn:
        for one in commands:
            done = await conn.run(one)
            told.append((int(done.exit_status or 0), str(done.stdout) + str(done.stderr)))
    return told


def again(gate: PeerGate, name: str) -> Client:
    """The client of a person who has been made already."""
    (folder,) = gate.folder.glob(f"client-{name}-*")
    return Client(folder, gate.host, gate.port, folder / "id", gate.known_hosts, lambda: gate.code(name))


def waiting_of(said: str) -> str:
    return said.split(maxsplit=1)[0]


async def test_d14_a_stop_of_a_cpu_is_held_until_it_is_proved_and_then_passes_once(gate: PeerGate) -> None:
    """D14, A12: without, the CPU's own state stays RUN and the tool shows an error; with, it is STOP, and the leaf names the proof."""
    lists(gate, "s7 use stop the CPU")
    async with cpu() as plc:
        async with s7(gate, plc, frozenset({Action.OVERRIDE})) as (client, _local):
            assert await client.db_read(10, 0, 1) == b"\x11"
            assert await refused(client.plc_stop())
            assert plc.server.cpu_state == CPUState.RUN
            (held,) = await gate.seen("PassageRefused")
            (view,) = gate.supervisor.sessions()
            assert (held.code, f"confirm {view.session}" in held.sentence) == (STEP_UP, True)
            person = again(gate, "ana")
            ((_, listing),) = await says(gate, person, f"confirm {view.session}")
            step = waiting_of(listing)
            assert "stop the CPU" in listing
            told = await says(gate, person, *[f"confirm {view.session} {step}"] * 2)
            assert (told[0][0], told[1][0], "refused [not_waiting]" in told[1][1]) == (0, 77, True)
            await client.plc_stop()
            assert plc.server.cpu_state == CPUState.STOP
            (passed,) = await gate.seen("FunctionPassed")
            await client.plc_hot_start()
            assert plc.server.cpu_state == CPUState.RUN
            assert await refused(client.plc_stop()), "a proof is used up"
            assert plc.server.cpu_state == CPUState.RUN
        (confirmed,) = await gate.seen("FunctionConfirmed")
        assert (confirmed.factor, confirmed.what, confirmed.digest) == ("code", passed.what, passed.digest)
    (frames,) = await gate.recorded()
    marks = [read(one.payload) for one in frames if one.kind is Kind.MARK]
    assert [one["step"] for one in marks if one["mark"] == "confirmed"] == [step]


async def test_d14_a_listed_write_is_held_for_its_own_operands_and_a_sign_in_proves_one_thing(
    gate: PeerGate,
) -> None:
    """D14: SECURITY, replay: another value, an older sign-in, a second function by the same one, and another person prove nothing."""
    lists(gate, "modbus write holding registers 40-43")
    async with device() as plc:
        async with modbus(gate, plc, frozenset({Action.OPERATE})) as client:
            person = again(gate, "ana")
            assert not (await client.write_register(39, 7, device_id=1)).isError()
            async with await enter(gate, "ana", [reading(person)], gate.code("ana")) as early:
                busy: Any = await client.write_register(40, 350, device_id=1)
                assert (busy.isError(), busy.exception_code) == (True, 6)
                assert (await client.write_registers(38, [1, 2, 3], device_id=1)).isError(), (
                    "a part is enough"
                )
                (view,) = gate.supervisor.sessions()
                done = await early.run(f"confirm {view.session}")
                first, second = (line.split()[0] for line in str(done.stdout).splitlines()[::2])
                old = await early.run(f"confirm {view.session} {first}")
                assert (old.exit_status, "refused [sign_in_again]" in str(old.stderr)) == (77, True)
            told = await says(
                gate, person, f"confirm {view.session} {first}", f"confirm {view.session} {second}"
            )
            assert [status for status, _said in told] == [0, 77]
            other = gate.person("ben")
            async with await enter(gate, "ben", [reading(other)], gate.code("ben")) as conn:
                assert "refused [no_session]" in str(
                    (await conn.run(f"confirm {view.session} {second}")).stderr
                )
            assert (await client.write_register(40, 351, device_id=1)).isError(), "not what was proved"
            assert not (await client.write_register(40, 350, device_id=1)).isError()
            assert (await client.write_register(40, 350, device_id=1)).isError(), "once"
        assert await plc.registers() == [*BEFORE[:39], 7, 350, *BEFORE[41:]]
    assert [one.code for one in await gate.seen("ProofRefused")] == ["sign_in_again"] * 2


@pytest.mark.parametrize("of_the_zone", [False, True])
async def test_a12_whatever_is_of_a_kind_of_action_is_held_over_a_conduit_or_in_a_whole_zone(
    gate: PeerGate, of_the_zone: bool
) -> None:
    """A12: action-class and zone step-up, at a real device: each write wants a fresh proof of its own, reading none."""
    gate.demand(step_up_actions=frozenset({Action.OPERATE}), of_the_zone=of_the_zone)
    async with device() as plc:
        async with modbus(gate, plc, frozenset({Action.OPERATE})) as client:
            assert not (await client.read_holding_registers(40, count=3, device_id=1)).isError()
            assert (await client.write_register(7, 350, device_id=1)).isError()
            (view,) = gate.supervisor.sessions()
            person = again(gate, "ana")
            ((_, listing),) = await says(gate, person, f"confirm {view.session}")
            await says(gate, person, f"confirm {view.session} {waiting_of(listing)}")
            assert not (await client.write_register(7, 350, device_id=1)).isError()
            assert (await client.write_register(7, 350, device_id=1)).isError(), "once"
            assert (await client.write_register(8, 1, device_id=1)).isError(), "each by itself"
        assert await plc.registers() == [*BEFORE[:7], 350, *BEFORE[8:]]
    (confirmed,) = await gate.seen("FunctionConfirmed")
    assert confirmed.factor == "code"


async def test_d14_a_proof_that_can_not_be_kept_lets_nothing_pass(gate: PeerGate) -> None:
    """SECURITY: evidence before effect."""
    lists(gate, "modbus write holding registers")
    async with device() as plc:
        async with modbus(gate, plc, frozenset({Action.OPERATE})) as client:
            assert (await client.write_register(40, 350, device_id=1)).isError()
            (view,) = gate.supervisor.sessions()
            live = gate.supervisor.session(view.session)
            (waiting,) = live.step_ups.waiting(gate.plant.clock.boottime_s())
            person = again(gate, "ana")
            async with await enter(gate, "ana", [reading(person)], gate.code("ana")) as conn:
                gate.leaves.down = True
                done = await conn.run(f"confirm {view.session} {waiting.id}")
                gate.leaves.down = False
            assert (done.exit_status, "refused [not_done]" in str(done.stderr)) == (77, True)
            assert (await client.write_register(40, 350, device_id=1)).isError()
        assert await plc.registers() == BEFORE
