"""Each program through the gate and straight at the asset, side by side: nothing may differ (PEERS.md 11 A)."""

import asyncio
import hashlib

import pexpect
import pytest

from recorder.format.frame import Kind
from tests.broker.running import crossed
from tests.openssh import Client
from tests.peers.direct import NOTICE, Pair
from tests.peers.gate import PeerGate

EVERY_BYTE = bytes(range(256)) * 1024


PROGRAMS = [
    pytest.param("exit 0", b"", id="nothing at all"),
    pytest.param("exit 1", b"", id="status 1"),
    pytest.param("exit 3", b"", id="status 3"),
    pytest.param("exec /", b"", id="status 126 of what can't run"),
    pytest.param("no-such-program-here", b"", id="status 127 of what is not there"),
    pytest.param("exit 255", b"", id="status 255"),
    pytest.param("kill -TERM $$", b"", id="killed by TERM"),
    pytest.param("kill -KILL $$", b"", id="killed by KILL"),
    pytest.param("kill -SEGV $$", b"", id="killed by SEGV"),
    pytest.param("yes penstock | head -c 10000000", b"", id="ten megabytes of output"),
    pytest.param("cat", EVERY_BYTE, id="every byte there and back"),
    pytest.param("cat", b"", id="an input that ends at once"),
    pytest.param("sha256sum; exit 4", EVERY_BYTE, id="an answer that waits for the input's end"),
    pytest.param("head -c 10; exit 5", EVERY_BYTE, id="a program that does not read all its input"),
    pytest.param("exec 0<&-; echo deaf", EVERY_BYTE, id="a program that reads nothing"),
    pytest.param("printf 'only\\n\\377' >&2; exit 6", b"", id="standard error only"),
    pytest.param("for n in 1 2 3 4 5; do echo o$n; echo e$n >&2; done", b"", id="both streams in turn"),
    pytest.param("for n in 1 2 3 4 5; do echo $n; sleep 0.1; done", b"", id="a trickle"),
    pytest.param("exec >&-; echo rest >&2; sleep 0.2; exit 7", b"", id="output closed before the end"),
    pytest.param("sleep 5 >/dev/null 2>&1 </dev/null & echo left", b"", id="a job left behind"),
    pytest.param("{ sleep 1; echo late; } & exit 8", b"", id="a job left behind that still writes"),
    pytest.param('echo "$0 [$SSH_ORIGINAL_COMMAND] $(tty)"; ulimit -c; umask', b"", id="its surroundings"),
]


@pytest.mark.parametrize(("command", "given"), PROGRAMS)
async def test_peer_t01_t03_a_program_ends_and_speaks_as_it_does_without_a_gate(
    pair: Pair, command: str, given: bytes
) -> None:
    through, direct = await pair.run(command, given=given)
    assert through.status == direct.status
    assert through.err == direct.err
    assert len(through.out) == len(direct.out)
    assert hashlib.sha256(through.out).digest() == hashlib.sha256(direct.out).digest()


ODD_MODES = (
    "intr ^X erase ^H kill ^K quit ^Y susp undef eof ^E -echo -icrnl -onlcr ixoff -ixon -iutf8 istrip"
    " -echoctl noflsh olcuc"
)


async def _modes_at_the_asset(client: Client, user: str) -> str:
    line = client.command(user, "stty -a; stty size; echo TERM $TERM; echo over", options=("-tt",))
    shell = f'stty {ODD_MODES} && exec "$@"'
    child = await asyncio.to_thread(
        pexpect.spawn,
        "/bin/sh",
        ["-c", shell, "sh", *line],
        env=client.environment() | {"TERM": "vt220-odd"},
        encoding="utf-8",
        timeout=30,
        dimensions=(33, 101),
    )
    await asyncio.to_thread(child.expect, pexpect.EOF)
    await asyncio.to_thread(child.close)
    assert child.exitstatus == 0
    return str(child.before)


async def test_peer_t12_odd_terminal_modes_its_name_and_its_size_are_the_same_at_the_asset(
    pair: Pair,
) -> None:
    through, direct = await asyncio.gather(
        _modes_at_the_asset(pair.gate, pair.where), _modes_at_the_asset(pair.direct, pair.account)
    )
    said = through.upper().replace(NOTICE.decode().upper().replace("\r\n", "\n"), "").replace("\r", "")
    assert "33 101" in direct
    assert "-iutf8" in direct.lower()
    assert said.lower().splitlines()[-12:] == direct.lower().replace("\r", "").splitlines()[-12:]


async def test_a_client_s_keepalives_are_answered(gate: PeerGate, pair: Pair) -> None:
    options = ("-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=1")
    through, direct = await pair.run("sleep 2.5; echo still there", options=options)
    assert (through.status, through.out, through.err) == (direct.status, direct.out, direct.err)
    assert through.out == b"still there\n"
    assert not [one for one in gate.leaves.events if type(one).__name__ == "PassageRefused"]


async def test_new_keys_in_the_middle_of_a_transfer_change_no_byte(gate: PeerGate, pair: Pair) -> None:
    much = EVERY_BYTE * 24
    result = await pair.gate.ssh(
        pair.where, "cat", given=much, options=["-v", "-o", "RekeyLimit=1M", "-o", "Compression=yes"]
    )
    said = result.err.decode("utf-8", "replace")
    assert said.count("SSH2_MSG_KEXINIT sent") > 3
    assert "remote software version Penstock" in said
    assert "compression: none" in said
    assert hashlib.sha256(result.out).digest() == hashlib.sha256(much).digest()
    frames = (await gate.recorded())[0]
    assert crossed(frames, Kind.TO_ASSET) == much
