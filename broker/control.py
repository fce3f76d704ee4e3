"""The gate's own socket: what the console may ask of the process that holds the secrets.

Is this one-time code right (the gate has the secrets and the register of spent steps)? Was it used
already? A permit changed, wake who waits for it. And, with a person's code: hold a session's expiry
for a step that must not be interrupted. None can open anything. Newline JSON over a unix socket that
only this node's own user can reach.
"""

import asyncio
import json
import os
import socket
import struct
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import structlog

from broker.factors import SecondFactor
from domain.canonical import instant_of, instant_text
from domain.errors import DecisionError, PeerError, PenstockError
from domain.ids import PermitId, PersonId, SessionId, is_token, is_word

log = structlog.get_logger()

LONGEST_LINE = 4096
PATIENCE_S = 5.0
LONGEST_ASKED_S = 24 * 3600


class Holding(Protocol):
    """Who can hold a session's expiry: ``broker.steps.Steps``."""

    async def declare(
        self, session: SessionId, person: PersonId, code: str, length: timedelta, reason: str
    ) -> datetime:
        """Hold it; when it ends now."""
        ...

    async def done(self, session: SessionId, person: PersonId) -> datetime:
        """Give it its own end back."""
        ...


class ControlServer:
    """Answers on the gate's socket while entered."""

    def __init__(
        self,
        path: Path,
        codes: SecondFactor,
        changed: Callable[[PermitId], None],
        steps: Holding | None = None,
    ) -> None:
        self._path = path
        self._steps = steps
        self._codes = codes
        self._changed = changed
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            server = await asyncio.start_unix_server(self._serve, self._path, limit=LONGEST_LINE)
        finally:
            os.umask(before)
        await self._stack.enter_async_context(server)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if _peer_uid(writer) != os.getuid():
                return
            while line := await reader.readline():
                answer = await self._answer(line)
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError) as error:  # ValueError: a line over the limit
            log.warning("control_connection_lost", error=str(error))
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> dict[str, object]:
        try:
            asked = json.loads(line)
            match asked:
                case {"do": "check-code", "person": str(person), "code": str(code), "purpose": str(purpose)}:
                    if is_word(person) and purpose.isascii() and purpose.isprintable():
                        return {"step": await self._codes.check(PersonId(person), code, purpose)}
                case {"do": "code-used", "person": str(person), "code": str(code)} if is_word(person):
                    return {"wait_s": await self._codes.used(PersonId(person), code)}
                case {"do": "changed", "permit": str(permit)} if is_token(permit):
                    self._changed(PermitId(permit))
                    return {"ok": True}
                case {"do": "hold-expiry" | "release-expiry"} if self._steps is not None:
                    return await self._held(self._steps, asked)
                case _:
                    pass
        except (ValueError, RecursionError):
            pass
        return {"error": "not understood"}

    async def _held(self, steps: Holding, asked: dict[str, object]) -> dict[str, object]:
        try:
            match asked:
                case {
                    "do": "hold-expiry",
                    "session": str(session),
                    "person": str(person),
                    "code": str(code),
                    "seconds": int(seconds),
                    "reason": str(reason),
                } if is_token(session) and is_word(person) and 0 < seconds <= LONGEST_ASKED_S:
                    length = timedelta(seconds=seconds)
                    until = await steps.declare(SessionId(session), PersonId(person), code, length, reason)
                case {"do": "release-expiry", "session": str(session), "person": str(person)} if is_token(
                    session
                ) and is_word(person):
                    until = await steps.done(SessionId(session), PersonId(person))
                case _:
                    return {"error": "not understood"}
        except PenstockError as error:
            code = error.code if isinstance(error, DecisionError) else "not_held"
            return {"refused": code, "sentence": error.fact, "remedy": error.remedy}
        return {"until": instant_text(until)}


class GateClient:
    """The console's end. A connection a question: they are rare, and the gate may restart."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def check(self, person: PersonId, code: str, purpose: str) -> int | None:
        """As SecondFactor says. A gate that does not answer means no: PeerError tells it apart."""
        answer = await self._ask({"do": "check-code", "person": person, "code": code, "purpose": purpose})
        step = answer.get("step")
        return step if isinstance(step, int) else None

    async def used(self, person: PersonId, code: str) -> int | None:
        """As SecondFactor says; PeerError as for ``check``."""
        wait_s = (await self._ask({"do": "code-used", "person": person, "code": code})).get("wait_s")
        return wait_s if isinstance(wait_s, int) else None

    async def changed(self, permit: PermitId) -> None:
        """Tell the gate that a permit changed. Best effort: the gate also looks by itself."""
        try:
            await self._ask({"do": "changed", "permit": permit})
        except PeerError as error:
            log.warning("gate_not_told", permit=permit, fact=error.fact)

    async def hold(
        self, session: SessionId, person: PersonId, code: str, length: timedelta, reason: str
    ) -> datetime:
        """Hold a session's expiry; when time ends it now. DecisionError with the gate's reason when it does not."""
        return _until(
            await self._ask(
                {
                    "do": "hold-expiry",
                    "session": session,
                    "person": person,
                    "code": code,
                    "seconds": round(length.total_seconds()),
                    "reason": reason,
                }
            )
        )

    async def release(self, session: SessionId, person: PersonId) -> datetime:
        """The step is done. DecisionError as for ``hold``."""
        return _until(await self._ask({"do": "release-expiry", "session": session, "person": person}))

    async def _ask(self, question: dict[str, object]) -> dict[str, object]:
        try:
            async with asyncio.timeout(PATIENCE_S):
                reader, writer = await asyncio.open_unix_connection(self._path, limit=LONGEST_LINE)
                try:
                    writer.write(json.dumps(question).encode() + b"\n")
                    answer = json.loads(await reader.readline())
                finally:
                    writer.close()
        except (OSError, TimeoutError, ValueError) as error:
            raise PeerError(
                "The gate does not answer on its own socket.",
                remedy="See whether the gate runs: `penstock doctor`.",
            ) from error
        if not isinstance(answer, dict):
            raise PeerError("The gate answered in a way that is not understood.")
        return answer


def _until(answer: dict[str, object]) -> datetime:
    match answer:
        case {"until": str(until)}:
            return instant_of(until)
        case {"refused": str(code), "sentence": str(sentence), "remedy": str(remedy)}:
            raise DecisionError(sentence, code=code, remedy=remedy)
        case _:
            raise PeerError("The gate did not understand this.")


def _peer_uid(writer: asyncio.StreamWriter) -> int:
    peer: socket.socket = writer.get_extra_info("socket")
    _pid, uid, _gid = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(uid)
