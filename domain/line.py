"""A terminal that is reached over telnet or over a serial line behind a terminal server: how it is spoken to."""

from dataclasses import dataclass
from enum import StrEnum


class Enter(StrEnum):
    """What goes to the asset for the key that ends a line."""

    CR = "cr"
    """Carriage return; over telnet followed by NUL (RFC 854), unless bytes go as they are."""
    CR_LF = "crlf"


class Echoed(StrEnum):
    """Who shows what is typed."""

    LINE = "line"
    """The asset, or nobody; over telnet whoever the two agree on."""
    GATE = "gate"
    """The gate, because this asset never does."""


class Parity(StrEnum):
    """RFC 2217, SET-PARITY."""

    NONE = "none"
    ODD = "odd"
    EVEN = "even"
    MARK = "mark"
    SPACE = "space"


class Flow(StrEnum):
    """RFC 2217, SET-CONTROL: how the asset and the terminal server hold each other back."""

    NONE = "none"
    XON_XOFF = "xon-xoff"
    RTS_CTS = "rts-cts"


@dataclass(frozen=True, slots=True)
class SerialSettings:
    """How the terminal server is to set its serial port, by RFC 2217. ``baud`` is in bits per second."""

    baud: int
    data_bits: int = 8
    parity: Parity = Parity.NONE
    stop_bits: int = 1
    flow: Flow = Flow.NONE


@dataclass(frozen=True, slots=True)
class LogIn:
    """What the asset says while somebody signs in, word for word, so that the gate can do it with the vault's credential."""

    prompt: str
    """The whole line that asks for a name; empty where only a password is asked for."""
    password: str
    """The whole line that asks for the password."""
    ready: str
    """How the line ends at which whoever is signed in may type."""


@dataclass(frozen=True, slots=True)
class Line:
    """How one telnet or serial endpoint is spoken to; what is left out is the usual."""

    enter: Enter = Enter.CR
    echo: Echoed = Echoed.LINE
    binary: bool = False
    """Over telnet: ask for eight bits in both directions (RFC 856), without translation of line ends."""
    log_in: LogIn | None = None
    """None: the vendor signs in there by themself."""
    settings: SerialSettings | None = None
    """None: bytes go to the serial port as they are, at whatever speed the terminal server is set to."""
