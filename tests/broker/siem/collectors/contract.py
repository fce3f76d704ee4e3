"""What every collector is held to, against real servers. A collector's own test subclasses it."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from broker.demo.ports import free_port
from broker.notices.channels.channel import DeliveryError
from broker.siem.collectors.collector import Collector, Line
from tests.authority import Authority, authority
from tests.broker.notices.channels.places import Place, silent_server
from tests.clock import STARTS

SECRET = "0123456789abcdef0123456789abcdef"
TOKEN = "Bearer a-token-that-nobody-may-see"


def line(leaf: int, text: bytes = b'{"a":1}', *, urgent: bool = False) -> Line:
    return Line(leaf, leaf - 1, "StateChanged", "2026-03-02T08:00:00Z", urgent, text)


class CollectorContract:
    """Subclasses say how to build the collector and the place it goes to."""

    def place(self, known: Authority) -> AbstractAsyncContextManager[Place]:
        raise NotImplementedError

    def collector(self, port: int, ca_file: str, timeout_s: float = 20) -> Collector:
        raise NotImplementedError

    def texts(self, taken: bytes) -> list[bytes]:
        """The records in what was taken."""
        raise NotImplementedError

    @pytest.fixture
    def known(self, tmp_path: Path) -> Authority:
        return authority(tmp_path / "known")

    async def test_what_send_returned_for_was_taken_in_order(self, known: Authority) -> None:
        async with self.place(known) as place:
            await self.collector(place.port, known.ca_file).send([line(1, b"one"), line(2, b"two")], STARTS)
            await place.arrived.wait()
            (taken,) = place.taken
        assert self.texts(taken) == [b"one", b"two"]

    async def test_nobody_listening_is_unreachable(self, known: Authority) -> None:
        with pytest.raises(DeliveryError) as caught:
            await self.collector(free_port(), known.ca_file).send([line(1)], STARTS)
        assert caught.value.code == "unreachable"

    async def test_a_server_that_hangs_keeps_nobody_waiting(self, known: Authority) -> None:
        async with silent_server() as place:
            with pytest.raises(DeliveryError) as caught:
                await self.collector(place.port, known.ca_file, timeout_s=0.2).send([line(1)], STARTS)
        assert caught.value.code == "timed_out"

    async def test_nothing_goes_to_a_server_that_nobody_vouches_for(
        self, known: Authority, tmp_path: Path
    ) -> None:
        async with self.place(authority(tmp_path / "stranger")) as place:
            collector = self.collector(place.port, known.ca_file)
            with pytest.raises(DeliveryError) as caught:
                await collector.send([line(1)], STARTS)
            assert place.taken == []
        assert caught.value.code == "not_trusted"
        for secret in (SECRET, TOKEN):
            assert secret not in f"{caught.value} {caught.value!r} {collector!r}"
