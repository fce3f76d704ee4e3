"""``make bench``: ratios against peers in one run, written to ``.artefacts/bench.json`` and printed.

Exit status 0 when it ran, whatever it found; 1 when bytes passed after their window or unrecorded, or
when a measurement broke off: the others are then taken all the same.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import bulk, console, decisions, ending, evidence, keystrokes, ledger, many, memory, opening
from tests.bench.bench import Bench, arranged
from tests.bench.figures import Figure, table
from tests.programs import missing

RESULT = Path(__file__).parents[2] / ".artefacts" / "bench.json"

MEASURES: Sequence[tuple[str, Callable[[Bench], Iterator[Figure]]]] = (
    ("set-up", opening.set_up),
    ("per-second", opening.per_second),
    ("keystrokes", keystrokes.alone),
    ("fairness", keystrokes.beside_bulk),
    ("bulk", bulk.command),
    ("sftp", bulk.files),
    ("large", bulk.large_files),
    ("conduit", bulk.conduit),
    ("filter", decisions.filtering),
    ("decide", decisions.deciding),
    ("utility", decisions.a_utility),
    ("many", many.many),
    ("console", console.console),
    ("window", ending.after_the_end),
    ("kill", evidence.unrecorded),
    ("memory", memory.memory),
    ("ledger", ledger.ledger),
)


def measured(bench: Bench, only: Sequence[str]) -> tuple[list[Figure], list[str]]:
    """Every figure, each line said as it comes; and the measurements that broke off."""
    found, broken = [], []
    for name, measure in MEASURES:
        if only and name not in only:
            continue
        begun = time.monotonic()
        bench.node.stay_unlocked()
        try:
            for figure in measure(bench):
                found.append(figure)
                ratio = f", {figure.ratio.text()}×" if figure.ratio else ""
                sys.stderr.write(f"  {figure.name}: {figure.ours.text()} {figure.unit}{ratio}\n")
        except (OSError, TimeoutError, ValueError, subprocess.SubprocessError):
            traceback.print_exc()
            broken.append(name)
        sys.stderr.write(f"{name}: {time.monotonic() - begun:.0f} s\n")
    return found, broken


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller files")
    parser.add_argument(
        "--json", type=Path, default=RESULT, metavar="FILE", help="where to write the figures"
    )
    parser.add_argument(
        "--peers", type=Path, metavar="FILE", help="further peers; see tests/bench/peers.toml"
    )
    parser.add_argument("--only", action="append", default=[], choices=[name for name, _ in MEASURES])
    parser.add_argument("--profile", type=Path, metavar="FILE", help="let SIGUSR2 profile the gate into FILE")
    given = parser.parse_args()
    if said := missing("ssh", "sftp", "scp", "sshd", "sftp-server"):
        raise SystemExit(f"make bench {said}")
    begun = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that whatever was started is ended
    with arranged(quick=given.quick, peers=given.peers, profile=given.profile) as bench:
        loads = [os.getloadavg()[0]]
        figures, broken = measured(bench, given.only)
        loads.append(os.getloadavg()[0])
    given.json.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": given.quick,
        "seconds": round(time.monotonic() - begun),
        "processors": os.cpu_count(),
        "load": loads,
        "broken": broken,
        "figures": [one.document() for one in figures],
    }
    given.json.write_text(json.dumps(document, indent=2) + "\n")
    sys.stdout.write("\n" + table(figures))
    sys.stdout.write(
        f"{os.cpu_count()} processors, load average {loads[0]:.1f} at the start and {loads[1]:.1f} at the end;"
        f" {document['seconds']} s; written to {given.json}\n"
    )
    if broken:
        sys.stdout.write(f"broke off: {', '.join(broken)}\n")
    return int(bool(broken) or any(one.no_tolerance and not one.met for one in figures))


if __name__ == "__main__":
    raise SystemExit(main())
