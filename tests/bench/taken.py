"""What a program took: ``python -m tests.bench.taken <program> <argument>…`` prints it as one line of JSON.

In a small process of its own, for the system counts what the process that starts a program has in memory as the program's
(getrusage(2), ru_maxrss): started by a run that has measured much already, a verifier of 100 MiB seems to take a gigabyte.
"""

import json
import os
import subprocess
import sys


def main() -> int:
    """The program's own exit status."""
    process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    print(json.dumps({"cpu_s": used.ru_utime + used.ru_stime, "mib": used.ru_maxrss / 1024}))  # noqa: T201
    return process.returncode


if __name__ == "__main__":
    raise SystemExit(main())
