"""A case file on its way to who takes it away: piece by piece, for it is as large as what the session moved."""

import asyncio
import os
from collections.abc import Iterator
from typing import BinaryIO

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from broker.console.evidence.handling import handled
from broker.console.parts import Playback
from domain.custody_events import Deed

PIECE_BYTES = 256 * 1024


class CaseFile(StreamingResponse):
    """A download of ``file`` from its first byte on, which is closed when it is over, however it ends."""

    media_type: str | None = "application/zip"

    def __init__(self, file: BinaryIO, session: str, status_code: int = 200) -> None:
        headers = {
            "content-disposition": f'attachment; filename="penstock-case-{session}.zip"',
            "content-length": str(file.seek(0, os.SEEK_END)),
        }
        super().__init__(_pieces(file), status_code, headers)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


async def taken_away(request: Request, session: str, playback: Playback, purpose: str) -> CaseFile:
    """The session's case file, once its leaf is kept; where that can't be, nothing leaves and nothing stays open."""
    file = await asyncio.to_thread(playback.case_file)
    try:
        await handled(request, session, Deed.EXPORT, "case file", purpose=purpose, copy=file)
    except BaseException:
        file.close()
        raise
    return CaseFile(file, session)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(PIECE_BYTES):
        yield piece
