from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from broker.demo.ports import free_port
from broker.notices.channels.channel import DeliveryError
from broker.stamping.fetching import QUERY, fetch, fetch_crl
from domain.errors import PeerError
from recorder.stamps.token import StampError
from tests.broker.witness.test_asking import served
from tests.tsa import Root

CRL = Root().crl(made=datetime(2026, 3, 2, tzinfo=UTC))


async def told(request: Request) -> Response:
    return Response(f"{request.method} {request.headers.get('content-type')}".encode() + await request.body())


def always(data: bytes, status: int = 200):  # noqa: ANN201
    async def answer(_request: Request) -> Response:
        return Response(data, status)

    return answer


async def away(_request: Request) -> Response:
    return RedirectResponse("/told", 307)


@pytest.fixture
async def server() -> AsyncIterator[str]:
    routes = [
        Route("/told", told, methods=["GET", "POST"]),
        Route("/pem", always(CRL.public_bytes(Encoding.PEM))),
        Route("/der", always(CRL.public_bytes(Encoding.DER))),
        Route("/page", always(b"<html>")),
        Route("/none", always(b"", 404)),
        Route("/away", away, methods=["POST"]),
    ]
    async with served(Starlette(routes=routes)) as url:
        yield url


async def test_a_question_is_posted_as_what_it_is_and_a_redirect_is_not_followed(server: str) -> None:
    given = {"where": "It", "ca_file": "", "timeout_s": 5}
    assert await fetch(f"{server}told", b"asked", **given) == (200, f"POST {QUERY}asked".encode())  # type: ignore[arg-type]
    assert await fetch(f"{server}told", b"", **given) == (200, b"GET None")  # type: ignore[arg-type]
    assert (await fetch(f"{server}away", b"x", **given))[0] == 307  # type: ignore[arg-type]
    with pytest.raises(PeerError, match="without end"):
        await fetch(f"{server}told", b"x", **given, longest=4)  # type: ignore[arg-type]


async def test_a_crl_is_read_in_both_forms_and_nothing_else_is_one(server: str) -> None:
    for name in ("pem", "der"):
        assert await fetch_crl(f"{server}{name}", ca_file="", timeout_s=5) == CRL
    with pytest.raises(PeerError, match="404"):
        await fetch_crl(f"{server}none", ca_file="", timeout_s=5)
    with pytest.raises(StampError):
        await fetch_crl(f"{server}page", ca_file="", timeout_s=5)


async def test_nobody_there_is_said_with_a_code() -> None:
    with pytest.raises(DeliveryError) as caught:
        await fetch(f"http://127.0.0.1:{free_port()}/", b"x", where="It", ca_file="", timeout_s=5)
    assert caught.value.code == "unreachable"
