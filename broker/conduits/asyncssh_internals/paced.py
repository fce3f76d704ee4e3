"""A channel that waits for its connection, and can hold back its input."""

from asyncssh.channel import SSHTCPChannel

from broker.conduits.asyncssh_internals.straight import Straight


class Paced(Straight):
    """A channel that sends nothing while its connection is congested, and can hold back its input."""

    held = False

    def relieve(self) -> None:
        """Send what waited for the transport."""
        if self._send_state != "closed" and self._session is not None:
            self._flush_send_buf()

    def hold(self) -> None:
        """Deliver nothing until ``release``; the window bounds what the peer can send meanwhile."""
        self.held = True
        self._recv_paused = True

    def release(self) -> None:
        """Deliver what was held back, and all that follows."""
        self.held = False
        self.resume_reading()

    def resume_reading(self) -> None:
        if self.held:
            self._recv_paused = True
        else:
            super().resume_reading()

    def drop_unsent(self) -> None:
        """Forget what waits for the peer's window, so that a last word is not behind it."""
        self._send_buf = []
        self._send_buf_len = 0

    @property
    def over(self) -> bool:
        """Whether this side has closed the channel; after an end-of-file alone it has not."""
        return self._send_state in {"close_pending", "closed"}

    @property
    def sealed(self) -> bool:
        """Whether nothing more can be sent on this channel, and nothing waits to be."""
        return self._send_state == "closed"


class ForwardChannel(Paced, SSHTCPChannel[bytes]):
    """A vendor's ``-L``."""
