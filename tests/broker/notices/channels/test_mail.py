"""E-mail against a real mail server: STARTTLS and TLS, password, refusals."""

from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from typing import Literal

import pytest

from broker.notices.channels.channel import DeliveryError
from broker.notices.channels.mail import Mail
from broker.settings import MailSettings
from tests.authority import Authority
from tests.broker.notices.channels.contract import ChannelContract, message
from tests.broker.notices.channels.places import HERE, PASSWORD, USERNAME, Place, mail_server


def mail(
    port: int, ca_file: str, timeout_s: float = 20, security: Literal["starttls", "tls"] = "starttls"
) -> Mail:
    settings = MailSettings(
        host=HERE,
        port=port,
        security=security,
        sender="penstock@plant.example",
        username=USERNAME,
        ca_file=ca_file,
    )
    return Mail(settings, PASSWORD, timeout_s)


class TestMailByStartTls(ChannelContract):
    def place(self, known: Authority) -> AbstractAsyncContextManager[Place]:
        return mail_server(known.server())

    def channel(self, port: int, ca_file: str, timeout_s: float = 20) -> Mail:
        return mail(port, ca_file, timeout_s)

    def text(self, taken: bytes) -> str:
        read = message_from_bytes(taken, policy=default)
        return f"{read['subject']}\n{read.get_content()}"

    async def test_the_mail_says_what_it_is_and_that_no_machine_need_answer(self, known: Authority) -> None:
        async with self.place(known) as place:
            channel = self.channel(place.port, known.ca_file)
            await channel.send(sent := message(channel))
            read = message_from_bytes(place.taken[0], policy=default)
        assert read["to"] == "petra@plant.example"
        assert read["auto-submitted"] == "auto-generated"
        assert read["message-id"] == f"<{sent.id[:40]}@plant.example>"
        assert read["importance"] == "high"
        assert read.get_content_type() == "text/plain"
        assert "Nothing can be decided by this message" in read.get_content()

    async def test_a_wrong_password_is_told_apart_and_not_repeated_in_words(self, known: Authority) -> None:
        async with self.place(known) as place:
            channel = replace(self.channel(place.port, known.ca_file), password="another")
            with pytest.raises(DeliveryError) as caught:
                await channel.send(message(channel))
            assert place.taken == []
        assert caught.value.code == "not_let_in"
        assert "another" not in str(caught.value)

    @pytest.mark.parametrize(
        ("address", "code"),
        [
            ("nobody@plant.example", "address_refused"),
            ("full@plant.example", "refused"),
            ("", "no_address"),
            ("petra@plant.example, eve@evil.example", "no_address"),
            ("petra@plant.example\r\nBcc: eve@evil.example", "no_address"),
        ],
    )
    async def test_an_address_that_takes_nothing_is_told_apart(
        self, known: Authority, address: str, code: str
    ) -> None:
        async with self.place(known) as place:
            channel = self.channel(place.port, known.ca_file)
            with pytest.raises(DeliveryError) as caught:
                await channel.send(replace(message(channel), address=address))
            assert place.taken == []
        assert caught.value.code == code
        assert not address or address not in str(caught.value)


class TestMailByTls(TestMailByStartTls):
    def place(self, known: Authority) -> AbstractAsyncContextManager[Place]:
        return mail_server(known.server(), at_once=True)

    def channel(self, port: int, ca_file: str, timeout_s: float = 20) -> Mail:
        return mail(port, ca_file, timeout_s, "tls")
