"""HTTP against a real listener: signed documents, chat lines, redirections that are not followed."""

import json
from contextlib import AbstractAsyncContextManager

import pytest

from broker.notices.channels.channel import DeliveryError
from broker.notices.channels.signature import SIGNATURE, TIMESTAMP, verify
from broker.notices.channels.webhook import Chat, Webhook, checked_url, without_markup
from domain.errors import ConfigError
from tests.authority import Authority
from tests.broker.notices.channels.contract import SECRETS, ChannelContract, message
from tests.broker.notices.channels.places import HERE, Place, http_server
from tests.clock import FrozenClock

SECRET = SECRETS[1]


class TestWebhook(ChannelContract):
    def place(self, known: Authority) -> AbstractAsyncContextManager[Place]:
        return http_server(known.server())

    def channel(self, port: int, ca_file: str, timeout_s: float = 20) -> Webhook:
        return Webhook(f"https://{HERE}:{port}/penstock", SECRET, ca_file, FrozenClock(), timeout_s)

    def text(self, taken: bytes) -> str:
        return json.dumps(json.loads(taken), ensure_ascii=False)

    async def test_its_receiver_can_tell_that_the_document_is_ours_and_of_now(self, known: Authority) -> None:
        clock = FrozenClock()
        async with self.place(known) as place:
            channel = self.channel(place.port, known.ca_file)
            await channel.send(sent := message(channel))
        headers, body = place.headers[0], place.taken[0]
        stamp, signature = headers[TIMESTAMP.lower()], headers[SIGNATURE.lower()]
        assert headers[":request"] == "POST /penstock HTTP/1.1"
        assert verify(SECRET, body, stamp, signature, clock.now())
        assert json.loads(body) == json.loads(json.dumps(sent.document()))
        assert b"petra@plant.example" not in body

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            ("500 Oh", "refused"),
            ("401 Who", "not_let_in"),
            ("302 There\r\nLocation: https://evil.example/", "refused"),
        ],
    )
    async def test_anything_but_a_yes_is_a_no(self, known: Authority, status: str, code: str) -> None:
        answer = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()
        async with http_server(known.server(), answer) as place:
            channel = self.channel(place.port, known.ca_file)
            with pytest.raises(DeliveryError) as caught:
                await channel.send(message(channel))
            assert len(place.taken) == 1
        assert (caught.value.code, caught.value.lasting) == (code, False)

    async def test_a_flood_for_an_answer_is_not_read(self, known: Authority) -> None:
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n" + b"x" * 100_000
        async with http_server(known.server(), answer) as place:
            channel = self.channel(place.port, known.ca_file)
            await channel.send(message(channel))


class TestChat(ChannelContract):
    style = "text"

    def place(self, known: Authority) -> AbstractAsyncContextManager[Place]:
        return http_server(known.server())

    def channel(self, port: int, ca_file: str, timeout_s: float = 20) -> Chat:
        return Chat(f"https://{HERE}:{port}/{SECRETS[2]}", self.style, ca_file, timeout_s)

    def text(self, taken: bytes) -> str:
        return json.dumps(json.loads(taken), ensure_ascii=False)

    async def test_a_room_is_told_the_subject_and_the_link_and_nothing_else(self, known: Authority) -> None:
        async with self.place(known) as place:
            channel = self.channel(place.port, known.ca_file)
            await channel.send(message(channel, sentences=("Ana asks for the pump.",)))
        (body,) = place.taken
        assert b"pump" not in body
        assert b"Urgent: A permit waits" in body
        assert b"https://plant.example:8443/permits/p" in body


class TestChatCard(TestChat):
    style = "card"


def test_nothing_in_a_chat_line_is_a_mention_or_a_link() -> None:
    assert not set("<>@*`[]|#") & set(without_markup("<!channel> @all [x](y) *b* `c` |"))


@pytest.mark.parametrize(
    "url", ["https://hooks.plant.example/x", "http://127.0.0.1:8080/x", "http://[::1]:80/"]
)
def test_an_address_that_may_be_posted_to(url: str) -> None:
    assert checked_url(url, "url") == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example",
        "http://hooks.plant.example/",
        "ftp://x/",
        "https://a:b@x/",
        "https://",
        "https://x:99999/",
    ],
)
def test_an_address_that_may_not(url: str) -> None:
    with pytest.raises(ConfigError):
        checked_url(url, "url")
