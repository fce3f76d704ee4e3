"""The process beside the gate for one passage over RDP: an X server, a client in it, and an eye on both.

It is given the connection to the asset and one end of a pair for the screen, and opens none itself. It holds a password for as long
as it takes to write it to the client, and no key. It ends when either program ends, when the gate says so, and when the gate
is gone, for then its own socket is at its end; and it is gone itself only once both programs are.
"""

import os
import secrets
import select
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

from broker.conduits.rdp import left, programs
from broker.conduits.rdp.confined import confine, die_with_parent
from broker.conduits.rdp.order import MOST_BYTES, Order, OrderError, Step, Told
from broker.conduits.rdp.outcome import Log, outcome
from domain.errors import ConfigError

START_MS = 10_000
SIGN_IN_MS = 30_000
GRACE_S = 0.3
READ_BYTES = 64 * 1024
AT_THE_NODE = "Tell the plant; `penstock doctor` says what its machine lacks."

Program = subprocess.Popen[bytes]


class RefusedError(Exception):
    """There is nothing to go on with; what is told stands in it."""

    def __init__(self, told: Told) -> None:
        super().__init__(told.sentence)
        self.told = told


def main() -> int:
    """Serve the one order that comes over standard input."""
    control = socket.socket(fileno=0)
    wire, given, _flags, _from = socket.recv_fds(control, MOST_BYTES, 2)
    try:
        order = Order.of(wire)
        screen, asset = given
    except (OrderError, ValueError):
        return 2
    left.clear()
    home, _held = left.home()
    told = Told(Step.REFUSED, "rdp_engine_failed", "The RDP engine failed.", AT_THE_NODE)
    try:
        told = _serve(control, order, screen, asset, home)
    except RefusedError as refused:
        told = refused.told
    except ConfigError as error:
        told = Told(Step.REFUSED, "rdp_engine_unconfined", error.fact, AT_THE_NODE)
    finally:
        left.take_away(home)
        with suppress(OSError):  # the gate may be gone, or not listen any more
            control.send(told.wire())
    return 0


def missing() -> tuple[str, ...]:
    """The programs that this machine does not have."""
    return tuple(one for one in programs.PACKAGES if shutil.which(one, path=programs.PATH) is None)


def _serve(control: socket.socket, order: Order, screen: int, asset: int, home: Path) -> Told:
    if lacking := missing():
        packages = " ".join(programs.PACKAGES[one] for one in lacking)
        said = f"The gate's machine has no {' and no '.join(lacking)}, which it speaks RDP with."
        raise RefusedError(
            Told(Step.REFUSED, "rdp_engine_missing", said, f"Ask the plant to install {packages}.")
        )
    # A terminal for what the client says: into a pipe it would say nothing before it has said much.
    words, says = os.openpty()
    confine([home])
    key = home / "authority"
    key.write_bytes(programs.authority(secrets.token_bytes(16)))
    with ExitStack() as stack:
        display = _screen(stack, control, order, screen, home)
        environment = programs.environment(str(home), display, str(key))
        return _watched(control, _client(stack, order, asset, environment, says), words)


def _screen(stack: ExitStack, control: socket.socket, order: Order, screen: int, home: Path) -> str:
    """Start the X server; the number of its display, once it is there."""
    told, tells = os.pipe()
    display = programs.FIRST_DISPLAY + secrets.randbelow(programs.DISPLAYS)
    with os.fdopen(told, "rb", 0) as number:
        command = programs.server(display, tells, str(home / "authority"), order.width, order.height)
        left.note(home, display)
        server = _started(command, programs.environment(str(home)), screen, tells)
        os.close(screen)
        os.close(tells)
        stack.callback(_end, server)
        said = b""
        while not said.endswith(b"\n"):  # it writes the number first, and dies where nobody reads the rest
            if _ready(START_MS, number.fileno(), control.fileno()) != {number.fileno()}:
                raise RefusedError(_no_screen())
            more = number.read(16)
            if not more:
                raise RefusedError(_no_screen())
            said += more
    return str(display)


def _client(stack: ExitStack, order: Order, asset: int, environment: Mapping[str, str], says: int) -> Program:
    """Start the client, and hand it the password, which it reads at once; what it says goes to ``says``."""
    command = programs.client(asset, order.username, order.certificate, order.width, order.height)
    client = _started(command, environment, subprocess.PIPE, asset, says)
    stack.callback(_end, client)
    os.close(says)
    os.close(asset)
    assert client.stdin is not None, "it was started with a pipe"
    with suppress(BrokenPipeError), client.stdin as keyboard:
        keyboard.write(order.password.encode() + b"\n")
    return client


def _watched(control: socket.socket, client: Program, said: int) -> Told:
    """Look on until it is over; tell when it has signed in."""
    log, up = Log(), False
    while True:
        ready = _ready(-1 if up else SIGN_IN_MS, said, control.fileno())
        if control.fileno() in ready:  # the gate's word that it is over, or its end
            return Told(Step.OVER, "rdp_ended", "The session ended.")
        if not ready:
            return Told(Step.REFUSED, "rdp_failed", "The asset did not answer in time.", AT_THE_NODE)
        try:
            data = os.read(said, READ_BYTES)
        except OSError:  # a terminal that nobody holds any more
            return outcome(log, client.wait())
        log.feed(data)
        if log.up and not up:
            up = True
            control.send(Told(Step.UP).wire())


def _started(
    command: tuple[str, ...],
    environment: Mapping[str, str],
    standard_in: int,
    passed: int,
    says: int = subprocess.DEVNULL,
) -> Program:
    return subprocess.Popen(  # noqa: S603 - fixed programs, from the list
        command,
        stdin=standard_in,
        stdout=says,
        stderr=says,
        env=environment,
        pass_fds=(passed,),
        preexec_fn=die_with_parent,  # noqa: PLW1509 - there is one thread
    )


def _ready(within_ms: int, *descriptors: int) -> set[int]:
    waiting = select.poll()
    for one in descriptors:
        waiting.register(one, select.POLLIN)
    return {one for one, _event in waiting.poll(None if within_ms < 0 else within_ms)}


def _end(program: Program) -> None:
    """See it gone: asked first, and then not."""
    if program.poll() is None:
        program.terminate()
        try:
            program.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


def _no_screen() -> Told:
    return Told(Step.REFUSED, "rdp_engine_failed", "The gate's machine could not make a screen.", AT_THE_NODE)


if __name__ == "__main__":
    sys.exit(main())
