"""Stands between OpenSSH's own client and server programs and writes down what passes, in order.

Called as ``between.py LOG PROGRAM…``: one line of JSON for each piece, ``["in"|"out", hex]``.
"""

import json
import os
import select
import subprocess
import sys
from pathlib import Path


def main(log: Path, program: list[str]) -> int:
    """Run ``program`` behind standard input and output."""
    with (
        log.open("a") as out,
        subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as behind,
    ):
        assert behind.stdin is not None
        assert behind.stdout is not None
        ways = {0: ("in", behind.stdin.fileno()), behind.stdout.fileno(): ("out", 1)}
        while behind.stdout.fileno() in ways:
            ready, _, _ = select.select(list(ways), [], [])
            for fd in ready:
                way, to = ways[fd]
                data = os.read(fd, 65536)
                if not data:
                    del ways[fd]
                    if way == "in":
                        behind.stdin.close()
                    continue
                out.write(json.dumps([way, data.hex()]) + "\n")
                while data:
                    data = data[os.write(to, data) :]
    return behind.returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
