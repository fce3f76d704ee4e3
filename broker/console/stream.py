"""One answer that goes on, server-sent events or bytes, and how many of them a person may keep open.

What is sent waits for whoever reads: a browser that does not costs one message and the socket's buffers.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from broker.console.refusals import RefusalError
from domain.canonical import Json
from domain.ids import PersonId
from domain.said import say

MOST_STREAMS = 256
MOST_OF_ONE = 24
"""A browser opens six connections to one console at most; a person may have several."""


class Streams:
    """The streams of one console. ``closing`` is set when it is about to end: each stream then ends by itself."""

    def __init__(self) -> None:
        self.closing = asyncio.Event()
        self._open: Counter[PersonId] = Counter()

    @contextmanager
    def kept(self, person: PersonId) -> Iterator[None]:
        """Count one more while it is open; 503 when there are too many."""
        if self._open.total() >= MOST_STREAMS or self._open[person] >= MOST_OF_ONE:
            raise RefusalError(
                503,
                "too_many_streams",
                say("Too many live pages are open."),
                say("Close one of them, then load this again."),
            )
        self._open[person] += 1
        try:
            yield
        finally:
            self._open[person] -= 1

    async def pause(self, seconds: float) -> bool:
        """Wait so long; False when the console is ending, and then at once."""
        try:
            async with asyncio.timeout(seconds):
                await self.closing.wait()
        except TimeoutError:
            return True
        return False


class EventStream(Response):
    """Sends ``messages`` until they end or whoever reads has gone; they are closed in either case, and waited for."""

    media_type: str | None = "text/event-stream"

    def __init__(self, messages: AsyncGenerator[str] | AsyncGenerator[bytes]) -> None:
        super().__init__(headers={"x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._messages = messages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        """Answer one request."""
        async with aclosing(self._messages), asyncio.TaskGroup() as group:
            writing = group.create_task(self._write(send))
            reading = group.create_task(_gone(receive))
            await asyncio.wait({writing, reading}, return_when=asyncio.FIRST_COMPLETED)
            for task in (writing, reading):
                task.cancel()

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for message in self._messages:
            body = message.encode() if isinstance(message, str) else message
            await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class ByteStream(EventStream):
    """The same of bytes, which no event stream can carry."""

    media_type: str | None = "application/octet-stream"


def event(data: Json, name: str = "") -> str:
    """One message; ``data`` is JSON on one line, so nothing in it can end it or begin another."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data, ensure_ascii=True)}\n\n"


BEAT = ": still here\n\n"
"""Keeps the connection alive through whatever stands in between; a browser's page is not told."""


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
