"""Records posted in batches, against a real server with TLS."""

import gzip
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from broker.notices.channels.channel import DeliveryError
from broker.notices.channels.signature import SIGNATURE, TIMESTAMP, verify
from broker.siem.collectors.http import LEAVES, HttpCollector
from tests.authority import Authority
from tests.broker.notices.channels.places import HERE, Place, http_server
from tests.broker.siem.collectors.contract import SECRET, TOKEN, CollectorContract, line
from tests.clock import STARTS


class TestHttp(CollectorContract):
    def place(self, known: Authority) -> AbstractAsyncContextManager[Place]:
        return http_server(known.server())

    def collector(self, port: int, ca_file: str, timeout_s: float = 20) -> HttpCollector:
        return HttpCollector(
            f"https://{HERE}:{port}/in",
            ca_file,
            timeout_s,
            "application/x-ndjson",
            secret=SECRET,
            authorization=TOKEN,
        )

    def texts(self, taken: bytes) -> list[bytes]:
        return taken.splitlines()

    async def test_a_batch_is_signed_and_says_which_leaves_it_holds(self, known: Authority) -> None:
        async with self.place(known) as place:
            collector = replace(self.collector(place.port, known.ca_file), packed=True)
            await collector.send([line(4, b"four"), line(5, b"five")], STARTS)
            (headers,), (body,) = place.headers, place.taken
        assert headers[":request"] == "POST /in HTTP/1.1"
        assert (headers[LEAVES.lower()], headers["content-encoding"]) == ("4-5", "gzip")
        assert (headers["authorization"], headers["content-type"]) == (TOKEN, "application/x-ndjson")
        assert verify(SECRET, body, headers[TIMESTAMP.lower()], headers[SIGNATURE.lower()], STARTS)
        assert gzip.decompress(body) == b"four\nfive\n"

    @pytest.mark.parametrize(
        ("answer", "code"),
        [
            (b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n", "refused"),
            (b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", "not_let_in"),
            (
                b"HTTP/1.1 307 Elsewhere\r\nlocation: https://evil.example\r\ncontent-length: 0\r\n\r\n",
                "refused",
            ),
        ],
    )
    async def test_anything_but_a_yes_is_a_no(self, known: Authority, answer: bytes, code: str) -> None:
        async with http_server(known.server(), answer) as place:
            with pytest.raises(DeliveryError) as caught:
                await self.collector(place.port, known.ca_file).send([line(1)], STARTS)
        assert caught.value.code == code
