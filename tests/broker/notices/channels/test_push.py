"""Web Push against a push service of this machine that takes what comes, and a browser that reads it for real."""

import json
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from broker.notices.channels.channel import DeliveryError
from broker.notices.channels.push import Push
from broker.notices.outbox import Outbox
from broker.notices.subscriptions import Subscription, Subscriptions
from domain.ids import PersonId
from tests.authority import Authority
from tests.broker.notices.channels.contract import SECRETS, ChannelContract, message
from tests.broker.notices.channels.places import HERE, Place, http_server
from tests.broker.notices.channels.receivers import Receiver, vouching
from tests.clock import FrozenClock

KEY = generate_private_key(SECP256R1())
TAKEN = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
PETRA = PersonId("petra")


class TestPush(ChannelContract):
    browser = Receiver()

    @pytest.fixture(autouse=True)
    def kept(self, tmp_path: Path) -> Subscriptions:
        self.subscriptions = Subscriptions(Outbox(tmp_path / "notices.db"))
        return self.subscriptions

    def place(self, known: Authority) -> AbstractAsyncContextManager[Place]:
        return http_server(known.server(), TAKEN)

    def channel(self, port: int, ca_file: str, timeout_s: float = 20) -> Push:
        endpoint = f"https://{HERE}:{port}/{SECRETS[2]}"
        for person in (PETRA, PersonId("otto")):
            one = Subscription(endpoint.replace("T0", person), self.browser.browser, "phone")
            self.subscriptions.add(person, one, FrozenClock().now())
        hosts = (f"{HERE}:{port}",)
        contact = "mailto:ops@plant.example"
        return Push(self.subscriptions, KEY, hosts, contact, ca_file, FrozenClock(), timeout_s)

    def text(self, taken: bytes) -> str:
        return json.dumps(json.loads(self.browser.opened(taken)), ensure_ascii=False)

    async def test_a_browser_reads_subject_and_link_and_nothing_else(self, known: Authority) -> None:
        async with self.place(known) as place:
            channel = self.channel(place.port, known.ca_file)
            await channel.send(sent := message(channel, sentences=("Ana asks for the pump.",)))
        told = json.loads(self.browser.opened(place.taken[0]))
        assert told == {
            "title": "A permit waits",
            "link": sent.link,
            "tag": sent.id[:32],
            "urgent": True,
        }
        assert b"permit" not in place.taken[0]

    async def test_the_service_is_told_who_sends_how_urgent_it_is_and_until_when_it_counts(
        self, known: Authority
    ) -> None:
        async with self.place(known) as place:
            channel = self.channel(place.port, known.ca_file)
            await channel.send(sent := message(channel))
        (headers,) = place.headers
        assert headers["content-encoding"] == "aes128gcm"
        assert (headers["ttl"], headers["urgency"], headers["topic"]) == ("14400", "high", sent.id[:32])
        claims = vouching(headers["authorization"])
        assert claims["aud"] == f"https://{HERE}:{place.port}"
        assert claims["sub"] == "mailto:ops@plant.example"

    @pytest.mark.parametrize("status", ["404 Not Found", "410 Gone"])
    async def test_a_browser_that_is_gone_is_forgotten(self, known: Authority, status: str) -> None:
        answer = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()
        async with http_server(known.server(), answer) as place:
            channel = self.channel(place.port, known.ca_file)
            with pytest.raises(DeliveryError) as caught:
                await channel.send(message(channel))
        assert (caught.value.code, caught.value.lasting) == ("address_refused", True)
        assert self.subscriptions.of(PETRA) == ()
        with pytest.raises(DeliveryError) as again:
            await channel.send(message(channel))
        assert again.value.code == "no_address"

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            ("429 Too Many Requests", "refused"),
            ("403 Forbidden", "not_let_in"),
            ("307 There\r\nLocation: https://evil.example/", "refused"),
        ],
    )
    async def test_any_other_no_is_tried_again(self, known: Authority, status: str, code: str) -> None:
        answer = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()
        async with http_server(known.server(), answer) as place:
            channel = self.channel(place.port, known.ca_file)
            with pytest.raises(DeliveryError) as caught:
                await channel.send(message(channel))
            assert len(place.taken) == 1
        assert (caught.value.code, caught.value.lasting) == (code, False)
        assert len(self.subscriptions.of(PETRA)) == 1

    async def test_one_browser_that_took_it_is_enough(self, known: Authority) -> None:
        async with self.place(known) as place:
            channel = self.channel(place.port, known.ca_file)
            elsewhere = Subscription("https://push.example/x", self.browser.browser, "another")
            self.subscriptions.add(PETRA, elsewhere, FrozenClock().now())
            await channel.send(message(channel))
        assert len(place.taken) == 1

    async def test_nothing_is_sent_to_a_host_that_the_settings_do_not_name_any_more(
        self, known: Authority
    ) -> None:
        async with self.place(known) as place:
            named = self.channel(place.port, known.ca_file)
            channel = Push(
                self.subscriptions, KEY, ("push.example",), "", known.ca_file, FrozenClock(), named.timeout_s
            )
            with pytest.raises(DeliveryError) as caught:
                await channel.send(message(channel))
        assert (caught.value.code, place.taken) == ("address_refused", [])
