import os
import subprocess
import sys

from broker.checking.pace import LONGEST_S, NICENESS, Pace
from tests.clock import FrozenClock


def test_it_sleeps_off_what_was_read_too_fast_and_nothing_else(clock: FrozenClock) -> None:
    slept: list[float] = []
    pace = Pace(1000, clock, slept.append)
    pace(5)
    assert slept == []
    pace(495)
    pace(10_000)
    assert slept == [0.5, LONGEST_S]


def test_a_gentle_process_is_nice() -> None:
    code = "from broker.checking.pace import gently; gently(); import os; print(os.nice(0))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) == min(19, NICENESS + os.nice(0))
