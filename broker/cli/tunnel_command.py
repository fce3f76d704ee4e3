"""``penstock tunnel``: on the vendor's machine, every port that a permit opens, with one command."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncssh
import click

from broker.cli.answer import NO, fail, json_option, plainly
from broker.cli.tunnel_plan import NoPlanError, Plan, Way, local_ports, plan
from broker.exit_status import REFUSED, UNREACHABLE
from domain.canonical import Json, instant_text
from domain.errors import PenstockError
from recorder.replay import inert

DEFAULT_PORT = 2222
PIECE_BYTES = 64 * 1024
LARGEST_ANSWER = 4 * 1024 * 1024


class GateError(PenstockError):
    """The gate can't be reached, or is not the one that is known."""


class _Asker(asyncssh.SSHClient):
    """Shows what the gate says, and asks whoever sits here for the code."""

    def auth_banner_received(self, msg: str, lang: str) -> None:  # noqa: ARG002 - asyncssh's signature
        for line in msg.splitlines():
            click.echo(inert(line), err=True)

    def kbdint_auth_requested(self) -> str:
        return ""

    def kbdint_challenge_received(
        self,
        name: str,  # noqa: ARG002 - asyncssh's signature
        instructions: str,
        lang: str,  # noqa: ARG002
        prompts: Sequence[tuple[str, bool]],
    ) -> list[str]:
        if instructions:
            click.echo(inert(instructions), err=True)
        return [
            click.prompt(
                inert(text).rstrip(": "), hide_input=not shown, default="", show_default=False, err=True
            )
            for text, shown in prompts
        ]


@click.command(
    epilog="Example: penstock tunnel --gate ana@gate.example:2222\n\nExit status: 0 after Ctrl-C, 1 no"
    " permit to go by, 69 no connection, 77 refused."
)
@click.argument("permit", default="")
@click.option(
    "--gate", required=True, metavar="YOU@HOST[:PORT]", help="The plant's gate, and who you are there."
)
@click.option(
    "-i",
    "--identity",
    type=click.Path(path_type=Path),
    help="Your SSH key; else those of ~/.ssh and the agent.",
)
@click.option(
    "--known-hosts",
    type=click.Path(path_type=Path),
    help="Where the gate's host key stands; else ~/.ssh/known_hosts.",
)
@click.option(
    "--listen",
    default="127.0.0.1",
    show_default=True,
    help="The address of this machine that tools connect to.",
)
@json_option
@plainly
def tunnel(
    permit: str, gate: str, identity: Path | None, known_hosts: Path | None, listen: str, *, as_json: bool
) -> None:
    """Open every port of PERMIT here, and say what to type into which tool.

    Without PERMIT: by the only one of yours that can be used now. Nothing is opened at the plant before a tool connects.
    """
    person, host, port = _named(gate)
    options: dict[str, Any] = {"username": person, "client_factory": _Asker}
    if identity is not None:
        options |= {"client_keys": [str(identity)], "agent_path": None}
    if known_hosts is not None:
        options["known_hosts"] = str(known_hosts)
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(_run(host, port, options, permit, listen, as_json=as_json))
    except NoPlanError as error:
        fail(error.fact, error.remedy, status=NO)
    except GateError as error:
        fail(error.fact, error.remedy, status=UNREACHABLE)


def _named(gate: str) -> tuple[str, str, int]:
    person, _, place = gate.rpartition("@")
    host, _, port = (
        place.rpartition(":") if place.rpartition(":")[2].isdigit() else (place, "", str(DEFAULT_PORT))
    )
    if not person or not host:
        raise click.BadParameter("Say it as you@host:port.", param_hint="--gate")
    return person, host.strip("[]"), int(port)


async def _run(
    host: str, port: int, options: dict[str, Any], wanted: str, listen: str, *, as_json: bool
) -> None:
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(_connected(host, port, options))
        permits, assets = (
            await _asked(connection, "permits --json"),
            await _asked(connection, "assets --json"),
        )
        try:
            chosen = plan(permits, assets, wanted)
        except ValueError as error:
            raise GateError(f"The gate's lobby said something else than was awaited: {error}.") from error
        ways = [(way, await _listening(stack, connection, chosen, way, listen)) for way in chosen.ways]
        _show(chosen, ways, listen, as_json=as_json)
        await connection.wait_closed()
        raise GateError(
            "The gate has ended the connection.", remedy="Start again, if the permit still stands."
        )


@asynccontextmanager
async def _connected(
    host: str, port: int, options: dict[str, Any]
) -> AsyncIterator[asyncssh.SSHClientConnection]:
    try:
        connection = await asyncssh.connect(host, port, keepalive_interval=30, **options)
    except asyncssh.HostKeyNotVerifiable as error:
        raise GateError(
            f"The gate's host key is not one that is known here: {error.reason}.",
            remedy="Compare its fingerprint with the one the plant gave you; `ssh -p PORT you@gate` then keeps it.",
        ) from error
    except asyncssh.PermissionDenied as error:
        raise GateError("The gate did not let you in.", remedy="Is it your key, and a fresh code?") from error
    except (asyncssh.Error, OSError) as error:
        raise GateError(
            f"The gate at {host}:{port} can't be reached: {error}.", remedy="Is the address right?"
        ) from error
    async with connection:
        yield connection


async def _asked(connection: asyncssh.SSHClientConnection, line: str) -> list[Json]:
    try:
        async with connection.create_process(line, encoding=None) as process:
            said = await process.stdout.read(LARGEST_ANSWER)
            complaint = await process.stderr.read(PIECE_BYTES)
    except asyncssh.Error as error:
        raise GateError(f"The gate's lobby did not answer: {error.reason}.") from error
    if process.exit_status != 0:
        fail(complaint.decode("utf-8", "replace").strip(), status=process.exit_status or REFUSED)
    try:
        told = json.loads(said)
    except ValueError as error:
        raise GateError("What the gate's lobby said can't be read.") from error
    return told if isinstance(told, list) else []


async def _listening(
    stack: AsyncExitStack, connection: asyncssh.SSHClientConnection, chosen: Plan, way: Way, listen: str
) -> int:
    """The port of this machine behind which ``way`` lies."""

    async def came(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await connection.open_connection(chosen.asset, way.port, encoding=None)
        except asyncssh.Error as error:
            click.echo(inert(error.reason), err=True)  # the gate's own line: what, why, and what to do
            writer.close()
            return
        await asyncio.gather(_carry(reader, far_writer), _carry(far_reader, writer))

    for port in local_ports(way):
        try:
            server = await asyncio.start_server(came, listen, port)
        except OSError as error:
            if port == 0:
                raise GateError(f"No port of {listen} can be listened on: {error.strerror}.") from error
        else:
            stack.callback(server.close)
            return int(server.sockets[0].getsockname()[1])
    raise AssertionError("the last port is any, and that was tried")


async def _carry(reader: Any, writer: Any) -> None:
    """All of one direction, as fast as the other end takes it; then its end."""
    with suppress(ConnectionError, asyncssh.Error):
        while data := await reader.read(PIECE_BYTES):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


def _show(chosen: Plan, ways: list[tuple[Way, int]], listen: str, *, as_json: bool) -> None:
    if as_json:
        told = {
            "permit": chosen.permit,
            "asset": chosen.asset,
            "until": instant_text(chosen.end),
            "limits": list(chosen.limits),
            "ways": [
                {"protocol": str(way.protocol), "port": way.port, "host": listen, "local_port": local}
                for way, local in ways
            ],
        }
        click.echo(json.dumps(told))
    else:
        local_end = chosen.end.astimezone()
        click.echo(
            f"{chosen.asset}, by permit {chosen.permit}, until {local_end:%H:%M %Z}. Ctrl-C closes it."
        )
        for limit in chosen.limits:
            click.echo(f"  only: {limit}")
        for way, local in ways:
            click.echo(f"  {way.protocol} {way.port}: {way.hint(listen, local)}")
    sys.stdout.flush()
