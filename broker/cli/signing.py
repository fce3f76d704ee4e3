"""The stock ``ssh-keygen`` signs; the key never comes near us."""

import shutil
import subprocess
from pathlib import Path

from broker.cli.answer import fail


def signed_by_tool(key: Path, message: bytes, namespace: str) -> str:
    """What ``ssh-keygen -Y sign`` writes, with ``key`` (or, given its public half, with the agent's)."""
    tool = shutil.which("ssh-keygen")
    if tool is None:
        fail("There is no ssh-keygen here.", "Install the OpenSSH client, or sign elsewhere.")
    command = [tool, "-q", "-Y", "sign", "-n", namespace, "-f", str(key)]
    done = subprocess.run(command, input=message, capture_output=True, check=False)  # noqa: S603 - the stock tool
    if done.returncode != 0:
        fail(f"ssh-keygen did not sign: {done.stderr.decode('utf-8', 'replace').strip()[:200]}")
    return done.stdout.decode("ascii", "replace")
