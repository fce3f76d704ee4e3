"""What every channel is held to, against real servers. A channel's own test subclasses it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from broker.demo.ports import free_port
from broker.notices.channels.channel import Channel, DeliveryError
from broker.notices.message import Message, message_of
from tests.authority import Authority, authority
from tests.broker.notices.channels.places import PASSWORD, Place, silent_server
from tests.domain.test_notice import notice

SECRETS = (PASSWORD, "0123456789abcdef0123456789abcdef", "T0/B0/the-room")
NASTY = "x\r\nBcc: eve@evil.example\r\n\r\nevil\x1b]52;c;aGk=\x07\u202egpj.exe <script> </a> \"}{' \x00\udcff"


def message(channel: Channel, **changed: object) -> Message:
    told = notice(**{"subject": "A permit waits", "urgent": True, **changed})
    return message_of(
        told, channel.name, address="petra@plant.example", origin="https://plant.example:8443", full=True
    )


class ChannelContract:
    """Subclasses say how to build the channel and the place it goes to."""

    in_clear = False
    """A datagram: nobody can be asked who they are, and nobody answers."""

    def place(self, known: Authority) -> AbstractAsyncContextManager[Place]:
        raise NotImplementedError

    def channel(self, port: int, ca_file: str, timeout_s: float = 20) -> Channel:
        raise NotImplementedError

    def text(self, taken: bytes) -> str:
        """What was taken, decoded as its reader would."""
        raise NotImplementedError

    @pytest.fixture
    async def known(self, tmp_path: Path) -> AsyncIterator[Authority]:
        yield authority(tmp_path / "known")

    async def test_what_send_returned_for_was_taken(self, known: Authority) -> None:
        async with self.place(known) as place:
            channel = self.channel(place.port, known.ca_file)
            await channel.send(sent := message(channel))
            await place.arrived.wait()
            (text,) = map(self.text, place.taken)
        assert "A permit waits" in text
        assert sent.link in text

    async def test_the_same_message_twice_can_be_told_by_its_id(self, known: Authority) -> None:
        async with self.place(known) as place:
            channel = self.channel(place.port, known.ca_file)
            assert message(channel).id == message(channel).id
            assert message(channel).id != message(channel, key="asked:q").id
            assert message(channel).id != message(channel, to="otto").id

    async def test_no_text_of_a_message_acts(self, known: Authority) -> None:
        async with self.place(known) as place:
            channel = self.channel(place.port, known.ca_file)
            await channel.send(message(channel, subject=NASTY, sentences=(NASTY, NASTY)))
            await place.arrived.wait()
            (raw,) = place.taken
        text = self.text(raw)
        assert b"\nBcc:" not in raw
        assert "\nBcc:" not in text
        assert not {"\x1b", "\x07", "\x00", "\u202e"} & set(text)
        assert "\\x1b" in text

    async def test_nobody_listening_is_unreachable(self, known: Authority) -> None:
        if self.in_clear:
            return  # a datagram to nobody is lost; that is why it is never counted as confirmed
        channel = self.channel(free_port(), known.ca_file)
        with pytest.raises(DeliveryError) as caught:
            await channel.send(message(channel))
        assert (caught.value.code, caught.value.lasting) == ("unreachable", False)
        self.said_no_secret(channel, caught.value)

    async def test_a_server_that_hangs_keeps_nobody_waiting(self, known: Authority) -> None:
        if self.in_clear:
            return
        async with silent_server() as place:
            channel = self.channel(place.port, known.ca_file, timeout_s=0.2)
            with pytest.raises(DeliveryError) as caught:
                await channel.send(message(channel))
        assert (caught.value.code, caught.value.lasting) == ("timed_out", False)
        self.said_no_secret(channel, caught.value)

    async def test_nothing_goes_to_a_server_that_nobody_vouches_for(
        self, known: Authority, tmp_path: Path
    ) -> None:
        if self.in_clear:
            assert not self.channel(1, "").confirms
            return
        async with self.place(authority(tmp_path / "stranger")) as place:
            channel = self.channel(place.port, known.ca_file)
            with pytest.raises(DeliveryError) as caught:
                await channel.send(message(channel))
            assert place.taken == []
        assert (caught.value.code, caught.value.lasting) == ("not_trusted", False)
        self.said_no_secret(channel, caught.value)

    def said_no_secret(self, channel: Channel, error: DeliveryError) -> None:
        for secret in SECRETS:
            assert secret not in f"{error} {error!r} {channel!r}"
