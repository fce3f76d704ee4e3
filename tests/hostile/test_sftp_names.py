"""File names that an asset invents (SECURITY.md section 3, case 23): passed to the byte, kept, shown harmless."""

import asyncio
from io import StringIO
from pathlib import Path

import asyncssh
import pytest

from domain.ids import SessionId
from recorder.cli import main
from recorder.format.frame import Kind
from tests.broker.running import KEK, crossed
from tests.hostile.targets import HOSTILE, ssh_target
from tests.openssh import Client
from tests.peers.gate import PeerGate

WHERE = "ana+eng-ws-1"
WORDS = HOSTILE.encode().replace(b"\x00", b"")  # a stock client takes no name with a NUL apart
NAMES = [
    b"plain.txt",
    b"\x1b]52;c;cm0gLXJmIH4=\x07.txt",
    b"\x1b[2J\x1b[H",
    b"two\nlines\r\nof it",
    "\u202etxt.exe".encode(),
    b"not utf-8 \xff\xfe\x80",
    b"../../../etc/passwd",
    b"/etc/shadow",
    b"-rf",
    b"$(reboot)`reboot`;reboot|reboot",
    b"x" * 60_000,
    b"",
    "e\u0301".encode() * 100,
]


class Names(asyncssh.SFTPServer):
    """Lists what no file system would hold."""

    async def scandir(self, path: bytes):  # noqa: ANN201 - asyncssh's signature
        for name in NAMES:
            yield asyncssh.SFTPName(
                name,
                b"-rw-r--r-- 1 " + WORDS + b" " + name,
                asyncssh.SFTPAttrs(size=2**63, permissions=0o100644),
            )

    def realpath(self, path: bytes) -> bytes:
        return b"/" + WORDS if path == b"evil" else path or b"/"

    def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        return asyncssh.SFTPAttrs(size=2**64 - 1, permissions=0o100644)

    lstat = stat

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        raise asyncssh.SFTPFailure(WORDS.decode() * 500)


async def quiet(process: asyncssh.SSHServerProcess) -> None:
    process.exit(0)


@pytest.fixture
def ana(gate: PeerGate) -> Client:
    person = gate.person("ana")
    gate.permit("ana", "eng-ws-1")
    return person


def shown(gate: PeerGate, session: SessionId, folder: Path) -> str:
    """The whole recording as `python -m recorder show` prints it."""
    (folder / "kek").write_bytes(KEK)
    out = StringIO()
    file = gate.folder / "recordings" / f"{session}.pnr"
    assert main(["show", str(file), "--recording-key", str(folder / "kek")], out) == 0
    return out.getvalue()


async def test_abuse_23_hostile_names_pass_whole_and_are_shown_harmless(
    gate: PeerGate, ana: Client, tmp_path: Path
) -> None:
    with ssh_target(gate, quiet, sftp_factory=Names):
        result = await ana.sftp(WHERE, "ls -la\n")
    frames = (await gate.recorded())[0]
    kept = crossed(frames, Kind.TO_VENDOR)
    for name in NAMES:
        assert name in kept
    assert result.status in (0, 1)
    assert "Traceback" not in result.complaint
    (ended,) = await gate.seen("SessionEnded")
    text = await asyncio.to_thread(shown, gate, ended.session, tmp_path)
    assert all(line.isprintable() for line in text.split("\n"))
    assert "etc/passwd" in text


async def test_abuse_23_a_refusal_of_a_file_in_escapes_ends_nothing(
    gate: PeerGate, ana: Client, tmp_path: Path
) -> None:
    with ssh_target(gate, quiet, sftp_factory=Names):
        result = await ana.sftp(WHERE, f"-get evil {tmp_path}/got\n-cd evil\npwd\n")
    assert result.status in (0, 1)
    assert "Traceback" not in result.complaint
    frames = (await gate.recorded())[0]
    assert WORDS * 500 in crossed(frames, Kind.TO_VENDOR)
    assert not (tmp_path / "got").exists() or (tmp_path / "got").stat().st_size == 0
