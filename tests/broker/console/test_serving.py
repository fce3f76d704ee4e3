import uvicorn
from uvicorn.server import ServerState

from broker.console.browsing.talk import LONGEST_MESSAGE_BYTES
from broker.console.serving import Bounded, websocket_options


class Wire:
    """A transport that only remembers whether it is read."""

    def __init__(self) -> None:
        self.read = True

    def pause_reading(self) -> None:
        self.read = False

    def resume_reading(self) -> None:
        self.read = True


def test_nothing_is_compressed_and_no_message_is_longer_than_a_page_s() -> None:
    config = uvicorn.Config("nothing:nothing", **websocket_options())
    assert (config.ws_per_message_deflate, config.ws_max_size) == (False, LONGEST_MESSAGE_BYTES)
    assert config.ws_ping_interval


async def test_a_browser_that_does_not_read_is_not_read_either() -> None:
    async def app(_scope: object, _receive: object, _send: object) -> None:
        raise AssertionError

    config = uvicorn.Config(app, **websocket_options())
    config.load()
    one = Bounded(config, ServerState(), {})
    wire = Wire()
    one.transport = wire  # type: ignore[assignment]
    one.pause_writing()
    assert not wire.read
    one.queue.put_nowait({"type": "websocket.receive", "bytes": b"x"})
    one.read_paused = True
    await one.receive()
    assert not wire.read, "what it sent before is taken, and no more"
    one.resume_writing()
    assert wire.read
