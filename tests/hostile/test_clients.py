"""What a vendor's client may send that means harm (SECURITY.md section 3, cases 19, 22, 27 and 31)."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Self

import asyncssh
import pytest

from broker.door.limits import TRIES_PER_CONNECTION
from domain.events import document
from domain.permit import PermitState
from recorder.format.frame import Kind
from recorder.format.payloads import read
from tests.broker.running import crossed
from tests.hostile.targets import ACTS, HOSTILE, inert_line, ssh_target
from tests.openssh import Client
from tests.peers.gate import PeerGate

WHERE = "ana+eng-ws-1"
MIB = 1024 * 1024


@pytest.fixture
def ana(gate: PeerGate) -> Client:
    return gate.person("ana")


async def entered(gate: PeerGate, client: Client, user: str = WHERE) -> asyncssh.SSHClientConnection:
    """A client of our own, for what stock ones never send."""

    class Guest(asyncssh.SSHClient):
        def kbdint_auth_requested(self) -> str:
            return ""

        def kbdint_challenge_received(self, *given: object) -> list[str]:
            return [client.code()]

    return await asyncssh.connect(
        gate.host,
        gate.port,
        config=None,
        known_hosts=str(gate.known_hosts),
        username=user,
        client_keys=[asyncssh.read_private_key(client.key)],
        agent_path=None,
        client_factory=Guest,
    )


async def still_well(gate: PeerGate) -> None:
    """Somebody else still gets in."""
    result = await gate.person("bo").ssh("bo", "help")
    assert (result.status, result.out[:7]) == (0, b"permits"), result


def inert_leaves(gate: PeerGate) -> None:
    for event in gate.leaves.events:
        for value in document(event).values():
            assert not [act for act in ACTS if act in str(value)], document(event)
            assert len(str(value)) < 2000


async def echo(process: asyncssh.SSHServerProcess) -> None:
    """Say what was asked for, then what was typed."""
    command = process.command.encode() if isinstance(process.command, str) else process.command or b""
    process.stdout.write(b"%d " % len(command))
    with suppress(asyncssh.Error, OSError):
        while data := await process.stdin.read(65536):
            process.stdout.write(data)
    process.exit(0)


@pytest.mark.parametrize(
    "size",
    [(0, 0, 0, 0), (2**32 - 1,) * 4, (1, 2**32 - 1, 0, 0), (2**31, 1, 1, 1)],
    ids=["zero", "largest", "tall", "signed"],
)
async def test_abuse_27_a_terminal_of_absurd_size_is_clamped_and_works(
    gate: PeerGate, ana: Client, size: tuple[int, int, int, int]
) -> None:
    sizes: list[tuple[int, ...]] = []

    async def program(process: asyncssh.SSHServerProcess) -> None:
        sizes.append(process.get_terminal_size())
        process.exit(0)

    gate.permit("ana", "eng-ws-1")
    with ssh_target(gate, program):
        async with await entered(gate, ana) as connection:
            done = await connection.run("true", term_type="xterm", term_size=size, encoding=None)
            assert done.exit_status == 0
        frames = (await gate.recorded())[0]
    assert all(number <= limit for number, limit in zip(sizes[0], (1000, 1000, 65535, 65535), strict=True))
    shown = [read(frame.payload) for frame in frames if frame.kind is Kind.RESIZE]
    assert [(one["columns"], one["rows"]) for one in shown] == [sizes[0][:2]]


async def test_abuse_27_ten_thousand_changes_of_size_cost_a_few_and_the_last_one_counts(
    gate: PeerGate, ana: Client
) -> None:
    sizes: list[tuple[int, ...]] = []

    async def program(process: asyncssh.SSHServerProcess) -> None:
        process.stdout.write(b"here")
        with suppress(asyncssh.Error):
            while True:
                try:
                    if not await process.stdin.read(1):
                        break
                except asyncssh.TerminalSizeChanged as change:
                    sizes.append(change.term_size)
                    if change.term_size[:2] == (77, 33):
                        process.stdout.write(b"seen")
        process.exit(0)

    gate.permit("ana", "eng-ws-1")
    with ssh_target(gate, program):
        async with await entered(gate, ana) as connection:
            process = await connection.create_process(
                "x", term_type="xterm", term_size=(80, 24), encoding=None
            )
            assert await process.stdout.readexactly(4) == b"here"
            for number in range(10_000):
                process.change_terminal_size(number % 200 + 1, 2**32 - 1)
            process.change_terminal_size(77, 33)
            assert await process.stdout.readexactly(4) == b"seen"
            process.stdin.write_eof()
            await process.wait()
        frames = (await gate.recorded())[0]
    assert sizes[-1][:2] == (77, 33)
    assert len([one for one in frames if one.kind is Kind.RESIZE]) < 1000
    await still_well(gate)


@pytest.mark.parametrize(
    "term", [HOSTILE, "x" * 10_240, "\x1b[2J" * 2_000, ""], ids=["acts", "long", "long and acts", "empty"]
)
async def test_abuse_27_a_terminal_s_name_reaches_the_asset_harmless_or_not_at_all(
    gate: PeerGate, ana: Client, term: str
) -> None:
    names: list[str] = []

    async def program(process: asyncssh.SSHServerProcess) -> None:
        names.append(process.get_terminal_type() or "")
        process.exit(0)

    gate.permit("ana", "eng-ws-1")
    with ssh_target(gate, program):
        connection = await entered(gate, ana)
        with suppress(asyncssh.Error):  # a client may be refused, or cut off; it may not pass this on
            await connection.run("true", term_type=term, encoding=None)
        connection.abort()
        await connection.wait_closed()
    assert names in ([], [""], ["dumb"])
    inert_leaves(gate)
    await still_well(gate)


@pytest.mark.parametrize(
    "user",
    [
        HOSTILE.replace("\x00", ""),
        "ana+" + "x" * 3000,
        "ana+eng-ws-1+eng-ws-1",
        "ana+../../etc/passwd",
        "ana+éng-ws-1",
        "аna+eng-ws-1",  # the first letter is Cyrillic
        "+",
        "ana+",
        "permit-" + "a" * 27,
        "root'; DROP TABLE permits;--",
        "{{7*7}}",
    ],
    ids=lambda user: ascii(user)[:30],
)
async def test_abuse_31_a_hostile_user_name_is_a_stranger_or_a_bad_address(
    gate: PeerGate, ana: Client, user: str
) -> None:
    result = await ana.ssh("x", "true", options=["-l", user])
    assert result.status in (255, 77)
    assert "Traceback" not in result.complaint
    if result.status == 77:
        inert_line(result.err.replace(user.encode(), b""))  # the stock client repeats it, we do not
    inert_leaves(gate)
    for event in gate.leaves.events:
        assert len(str(document(event).get("claimed", ""))) <= 64
    await still_well(gate)


@pytest.mark.parametrize("name", [b"\xff\xfeana", b"ana\xc3", b"\x00" * 100_000], ids=["BOM", "torn", "NULs"])
async def test_a_user_name_that_is_not_utf_8_ends_the_connection_only(
    gate: PeerGate, ana: Client, name: bytes
) -> None:
    class Raw(asyncssh.SSHClient):
        def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
            self.connection = conn
            conn._username = Odd("ana")

    class Odd(str):
        __slots__ = ()

        def encode(self, *given: object, **more: object) -> bytes:
            return name

    with pytest.raises((asyncssh.Error, OSError)):
        await asyncssh.connect(
            gate.host,
            gate.port,
            config=None,
            known_hosts=str(gate.known_hosts),
            client_keys=[asyncssh.read_private_key(ana.key)],
            agent_path=None,
            client_factory=Raw,
        )
    inert_leaves(gate)
    await still_well(gate)


async def test_a_command_of_control_letters_passes_as_it_is_and_is_kept_harmless(
    gate: PeerGate, ana: Client
) -> None:
    command = b"\xff\xfe \x1b]52;c;x\x07 \x00 \xe2\x80\xae"
    asked: list[bytes] = []

    class Program(asyncssh.SSHServerProcess):
        pass

    async def program(process: asyncssh.SSHServerProcess) -> None:
        process.exit(0)

    gate.permit("ana", "eng-ws-1")
    with ssh_target(gate, program):
        result = await ana.ssh(WHERE, command.replace(b"\x00", b"").decode("utf-8", "surrogateescape"))
        assert "Traceback" not in result.complaint
        async with await entered(gate, ana) as connection:
            with suppress(asyncssh.Error):
                channel, _session = await connection.create_session(
                    asyncssh.SSHClientSession, _Bytes(command), encoding=None
                )
                channel.close()
        asked += [one.detail.encode() for one in await gate.seen("PassageOpened")]
    assert asked
    assert not any(act.encode() in one for one in asked for act in ACTS)
    inert_leaves(gate)
    await still_well(gate)


class _Bytes(str):
    """A command whose bytes are exactly these."""

    __slots__ = ("exact",)

    def __new__(cls, exact: bytes) -> Self:
        made = super().__new__(cls, "x")
        made.exact = exact
        return made

    def encode(self, *given: object, **more: object) -> bytes:
        return self.exact


async def test_abuse_27_a_command_of_four_megabytes_is_refused_or_passed_whole(
    gate: PeerGate, ana: Client
) -> None:
    gate.permit("ana", "eng-ws-1")
    with ssh_target(gate, echo):
        connection = await entered(gate, ana)
        with suppress(asyncssh.Error, OSError):
            done = await connection.run("x" * 4 * MIB, stdin=asyncssh.DEVNULL, encoding=None)
            assert done.exit_status != 0 or done.stdout == b"%d " % (4 * MIB)
        connection.abort()
        await connection.wait_closed()
    inert_leaves(gate)
    await still_well(gate)


async def test_abuse_22_ten_thousand_variables_cost_nothing_and_none_passes(
    gate: PeerGate, ana: Client
) -> None:
    variables: list[dict[str, str]] = []

    async def program(process: asyncssh.SSHServerProcess) -> None:
        variables.append(dict(process.env))
        process.exit(0)

    gate.permit("ana", "eng-ws-1")
    hostile = {f"EVIL_{number}": HOSTILE for number in range(10_000)}
    hostile |= {"LD_PRELOAD": "/tmp/x.so", "LANG": "C.UTF-8", "LC_ALL": HOSTILE, "LC_" + "X" * 9000: "C"}
    with ssh_target(gate, program):
        async with await entered(gate, ana) as connection:
            done = await connection.run("true", env=hostile, encoding=None)
            assert done.exit_status == 0
    assert variables == [{"LANG": "C.UTF-8"}]
    refused = [one for one in gate.leaves.events if type(one).__name__ == "PassageRefused"]
    assert 0 < len(refused) < 10, "one at once, one for all the others"
    inert_leaves(gate)


async def test_what_is_typed_is_kept_as_it_was(gate: PeerGate, ana: Client) -> None:
    typed = HOSTILE.encode() + bytes(range(256)) * 256
    gate.permit("ana", "eng-ws-1")
    with ssh_target(gate, echo):
        result = await ana.ssh(WHERE, "x", given=typed)
    assert result.out == b"1 " + typed
    assert crossed((await gate.recorded())[0], Kind.TO_ASSET) == typed


@pytest.mark.parametrize(
    "answer", [HOSTILE, "9" * 100_000, "", "\udcff"], ids=["acts", "long", "empty", "torn"]
)
async def test_a_hostile_one_time_code_is_a_wrong_one(gate: PeerGate, ana: Client, answer: str) -> None:
    odd = replace(ana, code=lambda: "000000")
    with pytest.raises((asyncssh.Error, OSError, UnicodeEncodeError)):
        await entered(gate, replace(odd, code=lambda: answer))
    inert_leaves(gate)
    await still_well(gate)
    assert TRIES_PER_CONNECTION


# -- the lobby -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "purpose",
    [
        "x" * 100_000,
        HOSTILE.replace("\x00", ""),
        "a\u202egnp.exe",
        "line\u2028line",
        "\u200b" * 20,
        "\u0301" * 3000,
    ],
    ids=["long", "acts", "right to left", "line ends", "nothing to see", "accents only"],
)
async def test_a_purpose_that_no_permit_can_carry_is_refused_in_one_line(
    gate: PeerGate, ana: Client, purpose: str
) -> None:
    with ssh_target(gate, echo):
        result = await ana.ssh("ana", "request", "eng-ws-1", "--for", "1h", "--purpose", f"'{purpose}'")
    assert result.status in (64, 77), result
    text = result.err.decode()
    assert not [act for act in ACTS if act in text]
    line = next(one for one in text.splitlines() if one.startswith("penstock: "))
    assert len(line) < 1000
    assert not [one for one in gate.plant.filed.values() if one.state is PermitState.REQUESTED]
    inert_leaves(gate)


@pytest.mark.parametrize(
    "line",
    [b"\x00" * 10_000, b"\xff" * 10_000, b"x" * MIB, HOSTILE.encode() * 100, b"request " + b"'" * 10_000],
    ids=["NULs", "not UTF-8", "a megabyte", "acts", "quotes"],
)
async def test_a_line_that_nobody_types_is_a_mistake_and_the_lobby_goes_on(
    gate: PeerGate, ana: Client, line: bytes
) -> None:
    result = await ana.ssh("ana", given=line + b"\npermits\nquit\n")
    assert not [act for act in ACTS if act.encode() in result.out + result.err]
    assert result.status in (0, 64)
    assert len(result.out) + len(result.err) < 4 * MIB
    await still_well(gate)


async def test_a_terminal_full_of_escapes_in_the_lobby_is_echoed_harmless(
    gate: PeerGate, ana: Client
) -> None:
    connection = await entered(gate, ana, "ana")
    async with connection:
        process = await connection.create_process(term_type="xterm", encoding=None)
        process.stdin.write(HOSTILE.encode() * 5 + b"\rquit\r")
        out = await asyncio.wait_for(process.stdout.read(), 20)
    assert b"]52;" not in out.replace(b"^[]52;", b"")
    assert not [act for act in ACTS if act != "\x1b" and act.encode() in out]
