"""Telnet as the gate speaks it to an asset (RFC 854): its commands taken out of the stream, and answered. Pure.

The vendor never speaks telnet: what they type goes out as data, its 255 doubled. What the asset asks for is answered
by the gate alone, and nothing but what it puts on the screen goes on. A peer that only negotiates is not followed for
ever: each command must have paid for itself with a byte for the screen, beyond the first few.
"""

from broker.conduits.terminal.line.com_port import BREAK_OFF, BREAK_ON, SET_CONTROL, ComPort
from broker.conduits.terminal.line.options import IAC, Option, Options, Verb
from broker.conduits.terminal.line.wire import CR, Heard, LineEnds
from domain.line import Line
from domain.output import Cut

SE, NOP, DATA_MARK, BREAK, INTERRUPT, SB = 240, 241, 242, 243, 244, 250
IS, SEND = 0, 1  # RFC 1091
MOST_UNPAID = 256
"""Commands that may be ahead of the bytes for the screen. A server's greeting has about twenty."""
LONGEST_INSIDE = 512
"""Of a subnegotiation, in bytes. Those that are answered here have five at most."""
CHARGED = frozenset({Verb.WILL, Verb.WONT, Verb.DO, Verb.DONT})

STORM = Cut("telnet_storm", "The asset negotiates without end and shows nothing.")
TOO_LONG = Cut("telnet_malformed", f"The asset sent a subnegotiation of more than {LONGEST_INSIDE} bytes.")
UNKNOWN = Cut("telnet_malformed", "The asset sent a telnet command that there is none of.")


class Telnet:
    """One connection to one asset. ``terminal`` and ``size`` are the vendor's; None where they have no terminal."""

    def __init__(self, line: Line, terminal: bytes | None, size: tuple[int, int]) -> None:
        self._terminal = terminal
        self._size = size
        self._eight_bits = line.binary or line.settings is not None
        ours = {Option.BINARY, Option.SUPPRESS_GO_AHEAD}
        if terminal is not None:
            ours |= {Option.TERMINAL_TYPE, Option.WINDOW_SIZE}
        self._port = ComPort(line.settings) if line.settings is not None else None
        if self._port is not None:
            ours.add(Option.COM_PORT)
        self._options = Options(
            frozenset(ours), frozenset({Option.BINARY, Option.ECHO, Option.SUPPRESS_GO_AHEAD})
        )
        self._ends = LineEnds(line.enter)
        self._read = self._data
        self._verb = Verb.WILL
        self._inside = bytearray()
        self._after_cr = False
        self._shown = bytearray()
        self._answer = bytearray()
        self._cut: Cut | None = None
        self._unpaid = 0

    # -- towards the asset -------------------------------------------------------------------------

    def begin(self) -> bytes:
        """Ask for a terminal that echoes, letter by letter; offer a window and a name for it."""
        asked = [(Verb.DO, Option.SUPPRESS_GO_AHEAD), (Verb.DO, Option.ECHO)]
        if self._terminal is not None:
            asked += [(Verb.WILL, Option.TERMINAL_TYPE), (Verb.WILL, Option.WINDOW_SIZE)]
        if self._eight_bits:
            asked += [(Verb.WILL, Option.BINARY), (Verb.DO, Option.BINARY)]
        if self._port is not None:
            asked.append((Verb.WILL, Option.COM_PORT))
        return b"".join(self._options.ask(verb, option) for verb, option in asked)

    def typed(self, data: bytes) -> bytes:
        """As data, whatever it is: no byte of it can be a command."""
        data = data.replace(b"\xff", b"\xff\xff")
        return data if self._options.we_do(Option.BINARY) else self._ends.sent(data, b"\r\0")

    def resized(self, size: tuple[int, int]) -> bytes:
        """RFC 1073, once the asset wants to know."""
        self._size = size
        return self._window() if self._options.we_do(Option.WINDOW_SIZE) else b""

    def signalled(self, name: str) -> bytes:
        """RFC 854 knows one: interrupt."""
        return bytes((IAC, INTERRUPT)) if name == "INT" else b""

    def broke(self) -> tuple[bytes, bytes]:
        """On a serial port as long as asked (RFC 2217), else telnet's own, which has no length."""
        if self._port is not None:
            return _sub(Option.COM_PORT, bytes((SET_CONTROL, BREAK_ON))), _sub(
                Option.COM_PORT, bytes((SET_CONTROL, BREAK_OFF))
            )
        return bytes((IAC, BREAK)), b""

    @property
    def gate_echoes(self) -> bool:
        """Whether the asset was asked to echo and said that it does not (RFC 857: then it is done at this end)."""
        return Option.ECHO in self._options.refused

    @property
    def settled(self) -> bool:
        """Whether the serial port, if there is one, is set as the charter says."""
        return self._port is None or self._port.settled

    # -- from the asset ----------------------------------------------------------------------------

    def heard(self, data: bytes) -> Heard:
        """Take the commands out, and answer them. After a cut nothing more is read."""
        at, end = 0, len(data)
        while at < end and self._cut is None:
            if self._read == self._data and not self._after_cr:
                stop = _next(data, at, end)
                self._show(data[at:stop])
                at = stop
                if at == end:
                    break
            self._read(data[at])
            at += 1
        shown, answer = bytes(self._shown), bytes(self._answer)
        self._shown.clear()
        self._answer.clear()
        return Heard(shown, answer, self._cut)

    def _show(self, data: bytes) -> None:
        self._shown += data
        self._unpaid = max(self._unpaid - len(data), 0)

    def _data(self, byte: int) -> None:
        after_cr, self._after_cr = self._after_cr, False
        if byte == IAC:
            self._read = self._command
            self._after_cr = after_cr
        elif not (after_cr and byte == 0):  # RFC 854: CR NUL is a carriage return
            self._after_cr = byte == CR and not self._options.they_do(Option.BINARY)
            self._show(bytes((byte,)))

    def _command(self, byte: int) -> None:
        self._read = self._data
        if byte == IAC:
            self._after_cr = False
            self._show(b"\xff")
        elif byte in CHARGED:
            self._verb = Verb(byte)
            self._read = self._option
        elif byte == SB:
            self._inside.clear()
            self._read = self._within
        elif byte < NOP:
            self._cut = UNKNOWN  # an end without a beginning, or no command at all
        else:
            self._charge()

    def _option(self, byte: int) -> None:
        self._read = self._data
        self._charge()
        already = self._options.we_do(byte)
        self._answer += self._options.received(self._verb, byte)
        if self._verb is Verb.DO and not already and self._options.we_do(byte):
            self._begun(byte)
        elif byte == Option.COM_PORT and self._verb is Verb.DONT and self._port is not None:
            self._cut = Cut("line_not_set", "The terminal server does not take settings (RFC 2217).")

    def _begun(self, option: int) -> None:
        """What the gate says once it is agreed that it does this."""
        if option == Option.WINDOW_SIZE:
            self._answer += self._window()
        elif option == Option.COM_PORT and self._port is not None:
            for request in self._port.requests():
                self._answer += _sub(option, request)

    def _within(self, byte: int) -> None:
        if byte == IAC:
            self._read = self._within_command
        else:
            self._keep(byte)

    def _within_command(self, byte: int) -> None:
        self._read = self._within
        if byte == IAC:
            self._keep(byte)
        elif byte == SE:
            self._read = self._data
            self._charge()
            self._negotiated(bytes(self._inside))
        else:
            self._cut = UNKNOWN

    def _keep(self, byte: int) -> None:
        if len(self._inside) == LONGEST_INSIDE:
            self._cut = TOO_LONG
        else:
            self._inside.append(byte)

    def _negotiated(self, inside: bytes) -> None:
        if inside == bytes((Option.TERMINAL_TYPE, SEND)) and self._options.we_do(Option.TERMINAL_TYPE):
            self._answer += _sub(Option.TERMINAL_TYPE, bytes((IS,)) + (self._terminal or b""))
        elif self._port is not None and inside[:1] == bytes((Option.COM_PORT,)):
            wrong = self._port.answered(inside[1:])
            if wrong:
                self._cut = Cut(
                    "line_not_set", f"The terminal server did not set the {wrong} that is in the charter."
                )

    def _window(self) -> bytes:
        columns, rows = self._size
        return _sub(Option.WINDOW_SIZE, columns.to_bytes(2) + rows.to_bytes(2)) if columns and rows else b""

    def _charge(self) -> None:
        self._unpaid += 1
        if self._unpaid > MOST_UNPAID:
            self._cut = STORM


def _next(data: bytes, start: int, end: int) -> int:
    """Where the next byte is that is more than itself."""
    places = [at for at in (data.find(IAC, start), data.find(CR, start)) if at >= 0]
    return min(places, default=end)


def _sub(option: int, inside: bytes) -> bytes:
    return bytes((IAC, SB, option)) + inside.replace(b"\xff", b"\xff\xff") + bytes((IAC, SE))
