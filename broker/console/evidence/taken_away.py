"""A case file on its way to who takes it away: piece by piece, for it is as large as what the session moved."""

import os
from collections.abc import Iterator
from typing import BinaryIO

from starlette.background import BackgroundTask
from starlette.responses import StreamingResponse

PIECE_BYTES = 256 * 1024


class CaseFile(StreamingResponse):
    """A download of ``file`` from its first byte on, which is closed when it is over, however it ends."""

    media_type: str | None = "application/zip"

    def __init__(self, file: BinaryIO, session: str, status_code: int = 200) -> None:
        headers = {
            "content-disposition": f'attachment; filename="penstock-case-{session}.zip"',
            "content-length": str(file.seek(0, os.SEEK_END)),
        }
        super().__init__(_pieces(file), status_code, headers, background=BackgroundTask(file.close))


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    with file:
        while piece := file.read(PIECE_BYTES):
            yield piece
