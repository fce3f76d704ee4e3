"""How the console speaks WebSocket: what one may hold, how long it may be silent, and nothing compressed."""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from broker.console.browsing.talk import LONGEST_MESSAGE_BYTES

PING_EVERY_S = 20.0
PING_PATIENCE_S = 60.0
"""A browser that does not answer for so long is gone. Not sooner: what it sent may wait for an asset."""


class Bounded(WebSocketsSansIOProtocol):
    """Reads nothing from a browser that does not read: else its pings alone would grow this process with their answers."""

    def pause_writing(self) -> None:
        """The browser takes no more."""
        super().pause_writing()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """It does again."""
        super().resume_writing()
        if not self.read_paused:
            self.transport.resume_reading()

    async def receive(self) -> Any:
        """The next message."""
        message = await super().receive()
        if not self.writable.is_set():
            self.transport.pause_reading()
        return message

    async def send(self, message: Any) -> None:
        """To the browser. A no that was sent in the place of a handshake is an answer, and no fault of ours."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body"):
            self.handshake_complete = True


def websocket_options() -> dict[str, Any]:
    """For uvicorn's ``Config``. Compression is off: secrets and what others chose would stand in one stream."""
    return {
        "http": "h11",  # not whatever is installed: what a malformed request is answered with is tested with this one
        "ws": Bounded,
        "ws_max_size": LONGEST_MESSAGE_BYTES,
        "ws_ping_interval": PING_EVERY_S,
        "ws_ping_timeout": PING_PATIENCE_S,
        "ws_per_message_deflate": False,
    }
