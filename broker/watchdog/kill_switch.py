"""Ask the watchdog something, from a command line or the console; and shut the plant without it.

Synchronous and small on purpose: this must work when nothing else does.
"""

import asyncio
import json
import os
import socket
from collections.abc import Mapping

from broker.clock import SystemClock
from broker.gate_process import read_gate_process
from broker.layout import Layout
from broker.watchdog.commands import command_of
from broker.watchdog.interlock_file import InterlockFile, journal_beside
from broker.watchdog.interlocks import Isolate
from broker.watchdog.journal import Journal
from domain.canonical import Json
from domain.errors import ConfigError, EvidenceError, PeerError
from domain.events import Isolated
from domain.ids import PermitId, PersonId

CONNECT_S = 1.0
ANSWER_S = 1.8
"""The watchdog gives a gate one second, and another to one that has not attached: see below."""

DECIDED_S = 15.0
"""For what lets go, and is decided by the charter first: the watchdog loads and verifies it for that alone."""
DECIDED = frozenset({"agree", "restore", "override", "review-override"})

LONGEST_ANSWER = 16 * 1024 * 1024


def ask_watchdog(layout: Layout, command: Mapping[str, Json]) -> dict[str, Json]:
    """The watchdog's answer to ``command``; PeerError when it does not answer.

    ``isolate`` always takes effect: without an answer the interlocks are written here and the gate
    is killed; the answer then says ``"without_watchdog": true``. ``show`` without an answer reads
    the file. Shutting twice (an answer that was merely late) does no harm.
    """
    try:
        return _asked(layout, command)
    except (OSError, PeerError) as error:
        match command.get("do"):
            case "isolate":
                return _isolate(layout, command)
            case "show":
                return _show(layout)
            case _:
                raise PeerError(
                    "The watchdog does not answer, so this can't be done.",
                    remedy="Start it (`penstock serve`). `penstock isolate` works without it.",
                ) from error


async def bar(layout: Layout, permit: PermitId, by: PersonId, reason: str) -> None:
    """Have the watchdog keep for ever that ``permit`` opens nothing; PeerError when it did not."""
    command = {"do": "revoke", "permit": permit, "by": by, "reason": reason}
    answer = await asyncio.to_thread(ask_watchdog, layout, command)
    if answer.get("ok") is not True:
        raise PeerError(f"The watchdog did not keep this: {answer.get('error')}.")


def _asked(layout: Layout, command: Mapping[str, Json]) -> dict[str, Json]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(CONNECT_S)
        line.connect(str(layout.watchdog_socket))
        line.settimeout(DECIDED_S if command.get("do") in DECIDED else ANSWER_S)
        line.sendall(json.dumps(dict(command)).encode() + b"\n")
        said = b""
        while not said.endswith(b"\n"):
            part = line.recv(65536)
            said += part
            if not part or len(said) > LONGEST_ANSWER:
                raise PeerError("The watchdog's answer was cut off.")
    try:
        answer = json.loads(said)
    except ValueError as error:
        raise PeerError("The watchdog's answer is not understood.") from error
    if not isinstance(answer, dict):
        raise PeerError("The watchdog's answer is not understood.")
    return answer


def _isolate(layout: Layout, command: Mapping[str, Json]) -> dict[str, Json]:
    wanted = command_of(command, f"uid:{os.getuid()}")
    assert isinstance(wanted, Isolate)
    fault = ""
    try:
        InterlockFile(layout.interlocks).change([wanted])
    except OSError as error:  # a full disk must not keep the gate alive
        fault = f"The gate was killed, but the interlocks can't be written: {error}."
    gate = read_gate_process(layout.gate_pid)
    killed = [gate.pid] if gate is not None and gate.kill() else []
    event = Isolated(
        at=SystemClock().now(),
        scope=wanted.scope,
        by=wanted.by,
        reason=wanted.reason,
        enforced=f"without the watchdog; killed {killed}",
    )
    try:
        Journal(journal_beside(layout.interlocks)).add(event)
    except EvidenceError as error:
        fault = fault or str(error)
    answer: dict[str, Json] = {
        "ok": not fault,
        "acknowledged": False,
        "killed": killed,
        "without_watchdog": True,
    }
    return answer | ({"error": fault} if fault else {})


def _show(layout: Layout) -> dict[str, Json]:
    try:
        interlocks = InterlockFile(layout.interlocks).read()
    except ConfigError as error:
        raise PeerError(f"The watchdog does not answer. {error}") from error
    return {"ok": True, "interlocks": interlocks.document(), "gates": [], "without_watchdog": True}
