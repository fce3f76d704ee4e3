"""What asyncssh takes for each GB when it passes a command's bytes on by its public interface, and nothing else is done.

``python -m tests.bench.plain_relay``: a server and a client of asyncssh in one loop between the stock ``ssh`` and an ``sshd``; nothing
is decided, recorded or limited. Beside the gate's own figure it says what the library alone would cost, as the floor says what no library would.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import asyncssh

from broker.demo.ports import free_port
from tests.bench.bulk import MIB, READ, Stretch
from tests.bench.machines import Machine, listens, openssh
from tests.bench.node import new_key
from tests.bench.peers import Peer, environment

CIPHERS = ["aes256-gcm@openssh.com"]


async def relay(port: int, target: int, user: str, folder: Path) -> None:
    """Serve at ``port`` for ever; each command runs at the ``sshd`` at ``target``."""

    async def passed(process: asyncssh.SSHServerProcess[bytes]) -> None:
        async with asyncssh.connect(
            "127.0.0.1", target, username=user, client_keys=[folder / "key"], known_hosts=None,
            encryption_algs=CIPHERS, compression_algs=None, config=None,
        ) as far:  # fmt: skip
            there = await far.create_process(
                process.command, encoding=None, stdin=process.stdin, stdout=process.stdout
            )
            ended = await there.wait()
            process.exit(ended.exit_status or 0)

    await asyncssh.listen(
        "127.0.0.1", port, server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        authorized_client_keys=str(folder / "machine" / "keys"), process_factory=passed, encoding=None,
        encryption_algs=CIPHERS, compression_algs=None,
    )  # fmt: skip
    await asyncio.Event().wait()


def moved(peer: Peer, pid: int, folder: Path, size: int, *, out: bool) -> float:
    """Seconds of processor time for each GB, from the first byte on."""
    stretch, data = Stretch(pid), os.urandom(size)
    (folder / "bulk").write_bytes(data)
    line = peer.ssh(f"exec cat {folder / 'bulk'}" if out else "echo go; wc -c")
    with subprocess.Popen(
        line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(folder), start_new_session=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        if out:
            left = size - len(os.read(process.stdout.fileno(), READ))
            stretch.begin()
            while left > 0:
                left -= len(os.read(process.stdout.fileno(), READ))
        else:
            process.stdout.readline()
            stretch.begin()
            process.stdin.write(data)
            process.stdin.close()
            process.stdout.readline()
        stretch.rate(size)
        process.kill()
    return stretch.used_s / (size / 1e9)


def measured(folder: Path, machine: Machine, rounds: int) -> None:
    """Print a line for each round."""
    port = free_port()
    line = [sys.executable, "-m", "tests.bench.plain_relay", "--serve", str(port), str(machine.port), machine.user, str(folder)]  # fmt: skip
    with subprocess.Popen(line) as serving:
        try:
            listens(port)
            peer = Peer("plain", "127.0.0.1", port, machine.user, folder / "key")
            for _ in range(rounds):
                out, in_ = (moved(peer, serving.pid, folder, 96 * MIB, out=out) for out in (True, False))
                sys.stdout.write(f"out {out:.2f} s/GB, in {in_:.2f} s/GB\n")
        finally:
            serving.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", nargs=4, metavar=("PORT", "TARGET", "USER", "FOLDER"))
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    if given.serve:
        port, target, user, folder = given.serve
        asyncio.run(relay(int(port), int(target), user, Path(folder)))
        return
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as name:
        made = Path(name)
        key = new_key(made / "key")
        with openssh(made / "machine", key) as machine:
            measured(made, machine, given.rounds)


if __name__ == "__main__":
    main()
