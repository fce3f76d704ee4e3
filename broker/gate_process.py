"""Which process is the gate, and how to kill exactly that one.

A process id alone may by now be somebody else's. So the file also says when the process started
and in which boot of the machine, and the kill goes through a pidfd, which can't change its meaning.
"""

import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class GateProcess:
    """One process of this machine, told apart from all that had or will have its number."""

    pid: int
    started: int
    """Clock ticks after boot (proc(5), ``/proc/PID/stat`` field 22)."""
    boot: str

    def kill(self) -> bool:
        """SIGKILL it, if it is still there; the kernel then closes every connection it had."""
        try:
            pidfd = os.pidfd_open(self.pid)
        except OSError:
            return False
        try:
            # Compared after the pidfd is held: from here on the number can't pass to another.
            if process_of(self.pid) != self:
                return False
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        except ProcessLookupError:
            return False
        finally:
            os.close(pidfd)
        return True


def process_of(pid: int) -> GateProcess | None:
    """The process that has this number now."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        # The name in parentheses may hold anything; the fields proper follow its last parenthesis.
        started = int(stat.rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return None
    return GateProcess(pid, started, boot)


def write_gate_process(path: Path) -> None:
    """Say in ``run/gate.pid`` that the gate is this process."""
    gate = process_of(os.getpid())
    if gate is None:
        raise OSError("/proc can't be read")
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"pid": gate.pid, "started": gate.started, "boot": gate.boot}) + "\n")
    fresh.replace(path)


def read_gate_process(path: Path) -> GateProcess | None:
    """The gate that ``run/gate.pid`` names, if it is a process that still lives; else None."""
    try:
        match json.loads(path.read_text()):
            case {"pid": int(pid), "started": int(started), "boot": str(boot)} if pid > 1:
                gate = GateProcess(pid, started, boot)
                return gate if process_of(pid) == gate else None
            case _:
                return None
    except (OSError, ValueError, RecursionError):
        return None
