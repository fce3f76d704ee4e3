"""Real file transfers as frames: OpenSSH's own programs on both sides, and what passed between them."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

from recorder.format import payloads
from recorder.format.frame import Frame, Kind
from tests.programs import program

BETWEEN = Path(__file__).with_name("between.py")


def sftp(folder: Path, *batch: str) -> list[Frame]:
    """What passed while the stock client ran these commands in ``folder``."""
    client, server = program("sftp"), program("sftp-server")
    log, way = folder.parent / "passed", folder.parent / "way"
    way.write_text(f"#!/bin/sh\nexec {shlex.join([sys.executable, str(BETWEEN), str(log), server])}\n")
    way.chmod(0o700)
    commands = folder.parent / "batch"
    commands.write_text("\n".join(batch) + "\n")
    subprocess.run(
        [client, "-q", "-b", str(commands), "-D", str(way)],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=60,
    )
    return frames(log, "sftp")


def scp(folder: Path, *arguments: str, command: str) -> list[Frame]:
    """What passed while ``scp -O`` copied; ``command`` is what the gate would have been asked for."""
    log, way = folder.parent / "passed", folder.parent / "way"
    inner = shlex.join([sys.executable, str(BETWEEN), str(log), "sh", "-c"])
    way.write_text(f'#!/bin/sh\nfor last; do :; done\nexec {inner} "$last"\n')
    way.chmod(0o700)
    subprocess.run(
        [program("scp"), "-O", "-r", "-S", str(way), *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=60,
    )
    return frames(log, "scp", command)


def frames(log: Path, passage: str, command: str = "") -> list[Frame]:
    """The pieces as the gate records them, a millisecond apart."""
    kinds = {"in": Kind.TO_ASSET, "out": Kind.TO_VENDOR}
    pieces = [json.loads(line) for line in log.read_text().splitlines()]
    return [
        Frame(Kind.CHANNEL_OPENED, 1, 0, payloads.channel_opened(passage, command=command)),
        *(Frame(kinds[way], 1, 1000 * at, bytes.fromhex(data)) for at, (way, data) in enumerate(pieces, 1)),
    ]
