"""What the gate and the console do alike at start."""

import gc
import os
import signal
import sys

import pytest

from broker.processes.lifetime import SOFTWARE, SWITCH_S, announce, seen, settle_interpreter, until_told
from broker.watchdog.interlocks import Interlocks
from broker.watchdog.zone_states import Told
from domain.errors import EvidenceError
from domain.events import NodeStarted
from domain.ids import ZoneId
from domain.plant import OperatingState
from tests.broker.running import Leaves
from tests.clock import FrozenClock
from tests.policies.plant import charter


async def test_a_process_says_on_which_charter_and_trust_file_it_is_up(clock: FrozenClock) -> None:
    leaves = Leaves()
    await announce(leaves, clock, "gate", charter(), b"\x07" * 32)
    assert leaves.events == [
        NodeStarted(
            at=clock.now(),
            process="gate",
            software=SOFTWARE,
            charter=charter().digest.hex(),
            trust="07" * 32,
        )
    ]
    assert SOFTWARE.startswith("penstock ")


async def test_a_process_that_can_not_say_so_does_not_start(clock: FrozenClock) -> None:
    leaves = Leaves()
    leaves.down = True
    with pytest.raises(EvidenceError):
        await announce(leaves, clock, "gate", charter(), bytes(32))


def test_the_interlocks_are_seen_with_what_the_node_can_not_do() -> None:
    held = Interlocks(isolated=frozenset({"all"}), told={ZoneId("dmz"): Told(OperatingState.RUNNING, "milo")})
    looked = seen(held, ("recorder",), {})
    assert (looked.isolated, looked.states) == (held.isolated, held.states)
    assert (looked.revoked, looked.faults) == (frozenset(), ("recorder",))


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
async def test_a_process_is_told_to_end_by_a_signal(name: signal.Signals) -> None:
    before = signal.getsignal(signal.SIGINT)
    ending = until_told()
    assert not ending.is_set()
    os.kill(os.getpid(), name)
    await ending.wait()
    signal.signal(signal.SIGINT, before)


def test_what_was_built_at_start_is_not_walked_again_and_threads_yield_to_the_loop_soon() -> None:
    before, switched_s = gc.get_threshold(), sys.getswitchinterval()
    gc.unfreeze()
    try:
        settle_interpreter()
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold() > before
        assert sys.getswitchinterval() == pytest.approx(SWITCH_S)
    finally:
        gc.set_threshold(*before)
        sys.setswitchinterval(switched_s)
