"""What a way of speaking to a terminal over TCP has to do: telnet, or bytes as they are. Pure."""

from dataclasses import dataclass
from typing import Protocol

from domain.line import Enter
from domain.output import Cut

CR, LF = 0x0D, 0x0A


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of bytes from the asset."""

    shown: bytes = b""
    """What they put on the screen."""
    answer: bytes = b""
    """What the gate itself says back."""
    cut: Cut | None = None
    """Why this can't go on."""


class Wire(Protocol):
    """One connection. Where the stream is split makes no difference to what is shown, answered or sent."""

    def begin(self) -> bytes:
        """What the gate says first."""
        ...

    def heard(self, data: bytes) -> Heard:
        """Bytes from the asset."""
        ...

    def typed(self, data: bytes) -> bytes:
        """How what the vendor typed goes out."""
        ...

    def resized(self, size: tuple[int, int]) -> bytes:
        """What tells the asset of another window, columns and rows."""
        ...

    def signalled(self, name: str) -> bytes:
        """What stands for a signal; empty where nothing does."""
        ...

    def broke(self) -> tuple[bytes, bytes] | None:
        """What begins a break, and what ends it; None where there is none."""
        ...

    @property
    def gate_echoes(self) -> bool:
        """Whether the asset has said that it does not show what is typed, so that the gate has to."""
        ...

    @property
    def settled(self) -> bool:
        """Whether everything that has to be agreed before anybody types is agreed."""
        ...


class LineEnds:
    """What becomes of the key that ends a line, on its way out. Pairs of CR and LF count once, wherever they are split."""

    def __init__(self, enter: Enter) -> None:
        self._both = enter is Enter.CR_LF
        self._after_cr = False

    def sent(self, data: bytes, lone: bytes) -> bytes:
        """``data`` with its line ends; ``lone`` stands for a carriage return where only that is wanted."""
        if not self._both:
            return data.replace(b"\r", lone)
        out = bytearray()
        for byte in data:
            if byte == LF and self._after_cr:
                self._after_cr = False
                continue  # its CR brought one along
            self._after_cr = byte == CR
            out += b"\r\n" if byte == CR else bytes((byte,))
        return bytes(out)


class Raw:
    """A serial line as a terminal server passes it on: every byte is the asset's, and nothing else can be said."""

    gate_echoes = False
    settled = True

    def __init__(self, enter: Enter) -> None:
        self._ends = LineEnds(enter)

    def begin(self) -> bytes:
        """Nothing."""
        return b""

    def heard(self, data: bytes) -> Heard:
        """All of it is shown."""
        return Heard(data)

    def typed(self, data: bytes) -> bytes:
        """Eight bits, as they are."""
        return self._ends.sent(data, b"\r")

    def resized(self, size: tuple[int, int]) -> bytes:  # noqa: ARG002 - the protocol's
        """A serial line has no window."""
        return b""

    def signalled(self, name: str) -> bytes:  # noqa: ARG002 - the protocol's
        """Nor signals."""
        return b""

    def broke(self) -> tuple[bytes, bytes] | None:
        """Nor, without RFC 2217, a way to ask for a break."""
        return None
