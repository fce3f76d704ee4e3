from tempfile import TemporaryFile
from typing import BinaryIO, cast

import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from broker.console.evidence.taken_away import PIECE_BYTES, CaseFile


def test_a_case_file_goes_out_in_pieces_with_its_length_and_name_and_is_closed_behind() -> None:
    file = TemporaryFile()  # noqa: SIM115 - the answer closes it
    file.write(bytes(range(256)) * (PIECE_BYTES // 100))

    async def taken(_request: Request) -> Response:
        return CaseFile(cast("BinaryIO", file), "s" * 26)

    answer = TestClient(Starlette(routes=[Route("/", taken)])).get("/")
    assert answer.content == bytes(range(256)) * (PIECE_BYTES // 100)
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["content-disposition"] == f'attachment; filename="penstock-case-{"s" * 26}.zip"'
    assert file.closed


async def test_a_case_file_whose_reader_left_is_closed_too() -> None:
    file = TemporaryFile()  # noqa: SIM115 - the answer closes it
    file.write(bytes(PIECE_BYTES * 3))
    scope = {"type": "http", "asgi": {"spec_version": "2.4"}}

    async def gone(_message: object) -> None:
        raise OSError("the reader is gone")

    async def hears() -> dict[str, str]:
        return {"type": "http.disconnect"}

    with pytest.raises(ClientDisconnect):
        await CaseFile(cast("BinaryIO", file), "s" * 26)(scope, hears, gone)  # type: ignore[arg-type]
    assert file.closed
