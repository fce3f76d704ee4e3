"""What a conduit needs of the session around it, and what it promises in turn."""

import socket
from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

import asyncssh

from domain.access import PassageKind
from recorder.format.frame import Kind


class Passage(Protocol):
    """One channel of a session. The supervisor calls it; the conduits implement it. None of these may block or raise."""

    has_terminal: bool
    """Whether a person reads what ``say`` says."""

    def say(self, text: str) -> None:
        """Show a warning on the vendor's terminal (standard error)."""
        ...

    def hold_input(self) -> None:
        """Take nothing more from the vendor, and keep what came; what the asset says goes on."""
        ...

    def let_input_go(self) -> None:
        """Pass on what was kept, and all that follows."""
        ...

    def finish(self, cause: str, sentence: str, exit_status: int) -> None:
        """Close both sides now; what is still buffered is dropped, and ``sentence`` is what the vendor reads last."""
        ...

    def closed(self) -> bool:
        """Whether both sides have been seen closed."""
        ...


@runtime_checkable
class Asks(Protocol):
    """A passage on whose terminal the gate itself may ask who is there, while its session is locked."""

    def ask(self) -> None:
        """What the vendor types is for the gate from here on: it is not recorded, and never reaches the asset."""
        ...

    def ask_no_more(self) -> None:
        """What the vendor types is for the asset again, as far as nothing else holds it."""
        ...


class Question(Protocol):
    """What the gate asks on the terminal of a locked session."""

    def begin(self, write: Callable[[str], None]) -> None:
        """Ask, by ``write``."""
        ...

    def typed(self, data: bytes) -> None:
        """Bytes of the vendor's client. Must not block or raise."""
        ...


class Closable(Protocol):
    """A connection to an asset, which the session aborts at its end."""

    def abort(self) -> None:
        """Close now, dropping whatever was not sent yet."""
        ...

    def closed(self) -> bool:
        """Whether it has been seen closed."""
        ...


class Engine(Protocol):
    """A program beside the gate that speaks to the asset in its stead."""

    async def start(self) -> socket.socket:
        """What it makes of the asset, as a connection. PenstockError where there is none; nothing is left behind then."""
        ...

    def hear(self, ended: Callable[[str], None]) -> None:
        """``ended`` is told, once, when it is gone: with a sentence where it went by itself."""
        ...

    def end(self) -> None:
        """End it now, and the asset's connection first."""
        ...

    def gone(self) -> bool:
        """Whether nothing of it is there any more."""
        ...


class Live(Protocol):
    """A running session, as its conduits see it: the gate of every chunk."""

    def cross(self, kind: Kind, channel: int, data: bytes | memoryview) -> bool:
        """Record ``data``, and keep none of it; True when it may be forwarded now. False: drop it, the session is ending or held."""
        ...

    def note(self, kind: Kind, channel: int, payload: bytes) -> None:
        """Record something that is not forwarded."""
        ...

    def leave(self, channel: int, *, job_ended: bool = True) -> None:
        """This channel is over; ``job_ended`` False when its client went before the program did."""
        ...


class Owner(Protocol):
    """What a vendor's connection reports to, beside asyncssh's own SSHServer interface."""

    def arrived(self, source: str) -> bool:
        """Whether there is room for one more connection that has not signed in."""
        ...

    def asked_to_sign_in(self) -> bool:
        """One more authentication request; False when that was too many."""
        ...

    def key_proved(self, user_name: str, key: asyncssh.SSHKey) -> None:
        """A signature by ``key`` over this very request verified."""
        ...

    async def certificate_offered(self, user_name: str, shown: Any) -> Any:
        """What a certificate that is offered stands for, once its key is proved; None where it stands for nothing.

        ``shown`` is an ``asyncssh_internals.certificate.Read``, or None for one that can't be read.
        """
        ...

    def certificate_proved(self, user_name: str, certified: Any) -> None:
        """A signature by the key of that certificate over this very request verified."""
        ...

    def code_proved(self, user_name: str) -> None:
        """A one-time code was right."""
        ...

    def complete(self) -> bool:
        """Whether nothing more is needed to let this person in."""
        ...

    async def enter(self) -> bool:
        """Write down that they signed in; False when that can't be kept."""
        ...

    def refused_attempt(self, method: str) -> bool:
        """A method failed; False when it was one too many."""
        ...

    def refused(self, kind: PassageKind, detail: str) -> None:
        """The client asked for something that is always refused, and was."""
        ...


class Terminal(Protocol):
    """A terminal as its owner asked for it."""

    @property
    def kind(self) -> bytes:
        """Its type, as in TERM."""
        ...

    @property
    def size(self) -> tuple[int, int, int, int]:
        """Columns, rows, and both in pixels."""
        ...

    @property
    def modes(self) -> bytes:
        """RFC 4254 section 8, byte for byte."""
        ...


class Program(Protocol):
    """The asset's side of a passage: an SSH channel there, or a line."""

    async def begin(
        self,
        session: Any,  # the passage; each side calls back what it knows
        request: str,
        what: bytes,
        environment: Mapping[bytes, bytes],
        terminal: Terminal | None,
    ) -> bool:
        """Open, and start the program; False when the asset would not."""
        ...

    def pass_to(self, sink: Callable[[bytes | memoryview], None], party: object) -> None:
        """From now on ``sink`` gets what the program writes."""
        ...

    def write(self, data: bytes | memoryview) -> None: ...
    def write_eof(self) -> None: ...
    def change_terminal_size(
        self, width: int, height: int, pixwidth: int = 0, pixheight: int = 0
    ) -> None: ...
    def send_exact_signal(self, name: str) -> None: ...
    def send_exact_break(self, milliseconds: int) -> None: ...
    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...
    def is_closing(self) -> bool: ...
    def close(self) -> None: ...
    def abort(self) -> None: ...

    @property
    def over(self) -> bool:
        """Whether this side has closed it."""
        ...

    @property
    def sealed(self) -> bool:
        """Whether it is seen to be closed."""
        ...
