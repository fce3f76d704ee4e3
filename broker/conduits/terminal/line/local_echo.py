"""What the gate shows in the asset's place, where the asset has said that it does not echo. Pure.

Only what would stand on the screen anyway: after a prompt that names a secret nothing is shown until a line's end.
"""

from broker.conduits.terminal.echo import CONTROL, LONGEST_TAIL
from broker.secret_prompt import asks_for_a_secret

BACKSPACES = frozenset({0x08, 0x7F})
ERASED = b"\b \b"


class LocalEcho:
    """One terminal."""

    def __init__(self) -> None:
        self._tail = b""
        self._column = 0
        """How many letters of the line were shown here: no more can be rubbed out."""

    def typed(self, data: bytes) -> bytes:
        """What to show for ``data``, which has just gone to the asset."""
        out = bytearray()
        secret = asks_for_a_secret(CONTROL.sub(b"", self._tail))
        for byte in data:
            if byte == 0x0D:
                out += b"\r\n"
                secret, self._column = False, 0
            elif secret:
                continue
            elif byte in BACKSPACES and self._column:
                out += ERASED
                self._column -= 1
            elif 0x20 <= byte != 0x7F:
                out.append(byte)
                self._column += 1
        self._keep(bytes(out))
        return bytes(out)

    def shown(self, data: bytes) -> None:
        """The asset put ``data`` on the screen."""
        self._keep(data)
        if b"\r" in data or b"\n" in data:
            self._column = 0

    def _keep(self, data: bytes) -> None:
        self._tail = (self._tail + data[-LONGEST_TAIL:])[-LONGEST_TAIL:]
