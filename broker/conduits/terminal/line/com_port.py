"""The settings of a serial port behind a terminal server, by RFC 2217. Pure."""

from domain.line import Flow, Parity, SerialSettings

SET_BAUD, SET_DATA_BITS, SET_PARITY, SET_STOP_BITS, SET_CONTROL = range(1, 6)
ANSWER = 100
"""What the server's codes are above the client's."""
BREAK_ON, BREAK_OFF = 5, 6

PARITIES = {Parity.NONE: 1, Parity.ODD: 2, Parity.EVEN: 3, Parity.MARK: 4, Parity.SPACE: 5}
FLOWS = {Flow.NONE: 1, Flow.XON_XOFF: 2, Flow.RTS_CTS: 3}
NAMES = {
    SET_BAUD: "speed",
    SET_DATA_BITS: "number of data bits",
    SET_PARITY: "parity",
    SET_STOP_BITS: "number of stop bits",
    SET_CONTROL: "flow control",
}


class ComPort:
    """What was asked for, and what the server has confirmed so far."""

    def __init__(self, settings: SerialSettings) -> None:
        self._asked = {
            SET_BAUD: settings.baud.to_bytes(4),
            SET_DATA_BITS: bytes((settings.data_bits,)),
            SET_PARITY: bytes((PARITIES[settings.parity],)),
            SET_STOP_BITS: bytes((settings.stop_bits,)),
            SET_CONTROL: bytes((FLOWS[settings.flow],)),
        }
        self._open = dict(self._asked)

    def requests(self) -> tuple[bytes, ...]:
        """What asks for all of it, each the inside of one subnegotiation."""
        return tuple(bytes((code,)) + value for code, value in self._asked.items())

    @property
    def settled(self) -> bool:
        """Whether the server has confirmed everything."""
        return not self._open

    def answered(self, inside: bytes) -> str:
        """Take note of what the server says; what it did not set as asked, or nothing."""
        code, value = inside[0] - ANSWER if inside else 0, inside[1:]
        wanted = self._open.get(code)
        if wanted is None:
            return ""  # a line's state, a modem's state, a signature: nothing that was asked for
        if value != wanted:
            return NAMES[code]
        del self._open[code]
        return ""
