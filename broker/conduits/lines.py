"""A terminal at an asset that is reached over telnet, or over a serial line behind a terminal server.

It stands where an SSH channel to an asset would: the same passage, gate and record are around it. What the vendor types
is recorded as typed and what is shown as shown; what the two ends negotiate, and the log-in, are the gate's own.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from typing import Protocol as Interface

from broker.conduits.seams import Terminal
from broker.conduits.target import Credential, UnreachableError, reach
from broker.conduits.tcp.leg import Leg
from broker.conduits.terminal.line.local_echo import LocalEcho
from broker.conduits.terminal.line.log_in import Fault, SigningIn, Step
from broker.conduits.terminal.line.telnet import Telnet
from broker.conduits.terminal.line.wire import Raw, Wire
from domain.errors import PeerError
from domain.line import Echoed, Line
from domain.output import Cut
from domain.plant import Endpoint, Protocol

SETTLE_S = 10.0
"""How long a terminal server may take to set its port."""
LOG_IN_S = 20.0
ASLEEP_S = 2.0
"""After how long a serial line on which nothing stands gets an empty line, so that it asks."""
QUIET_S = 0.25
"""How long nothing may come until what stands there counts as a question."""
ENDED = 0
"""The exit status of a terminal whose asset hung up in order: a line has none of its own."""
USUAL = Line()
TOO_MUCH = Cut("line_floods", "The asset says more than can be kept before anybody looks.")


MOST_EARLY_BYTES = 64 * 1024
"""How much an asset may show before the vendor looks."""


class LineError(PeerError):
    """The asset does not do what the charter says of its line. ``code`` is stable."""

    def __init__(self, code: str, fact: str, *, remedy: str) -> None:
        super().__init__(fact, remedy=remedy)
        self.code = code


class Screen(Interface):
    """The passage that a line belongs to."""

    def eof_received(self) -> bool: ...
    def exit_status_received(self, status: int) -> None: ...
    def connection_lost(self, exc: Exception | None) -> None: ...
    def pause_writing(self) -> None: ...
    def resume_writing(self) -> None: ...
    def say(self, text: str) -> None: ...
    def cut(self, code: str, sentence: str) -> None: ...


class LineTarget:
    """One asset that is reached by a line. Each terminal is a connection of its own."""

    def __init__(self, endpoint: Endpoint, credential: Credential | None) -> None:
        """``credential``: where the charter says how to sign in; without it the vendor does."""
        self._endpoint = endpoint
        self._credential = credential
        self._channels: list[LineChannel] = []
        self._aborted = False

    def channel(self) -> "LineChannel":
        """A new terminal, not connected yet."""
        self._channels = [one for one in self._channels if not one.sealed]
        channel = LineChannel(self._endpoint, self._credential)
        if self._aborted:
            channel.abort()
        else:
            self._channels.append(channel)
        return channel

    def abort(self) -> None:
        """Close all of them now, and open none from here on."""
        self._aborted = True
        for one in self._channels:
            one.abort()

    def closed(self) -> bool:
        """Whether each has been seen closed."""
        return all(one.sealed for one in self._channels)


class LineChannel:
    """One terminal, with the face of an SSH channel to an asset."""

    def __init__(self, endpoint: Endpoint, credential: Credential | None) -> None:
        self.party: object = object()
        self._endpoint = endpoint
        self._line = endpoint.line or USUAL
        self._credential = credential
        self._screen: Screen | None = None
        self._sink: Callable[[bytes], None] | None = None
        self._wire: Wire = Raw(self._line.enter)
        self._leg: Leg | None = None
        self._echo = LocalEcho()
        self._early = bytearray()
        """Shown by the asset before anybody looked."""
        self._came = asyncio.Event()
        """Set by whatever comes from the asset while the gate is still setting up or signing in."""
        self._fault: PeerError | None = None
        self._asset_ended = self._aborted = self._gone = False
        self._vendor_slow = self._asset_slow = False

    async def begin(
        self,
        session: Any,  # a Screen; asyncssh's channel, in whose place this stands, takes one of its own sessions
        request: str,  # noqa: ARG002 - a line has a shell and nothing else
        what: bytes,  # noqa: ARG002
        environment: Mapping[bytes, bytes],  # noqa: ARG002 - nor variables
        terminal: Terminal | None,
    ) -> bool:
        """Connect, set the port, sign in; PeerError when the asset is not what the charter says."""
        self._screen = session
        kind, size = (terminal.kind, terminal.size[:2]) if terminal is not None else (None, (0, 0))
        if self._endpoint.protocol is Protocol.TELNET or self._line.settings is not None:
            self._wire = Telnet(self._line, kind, size)
        try:
            await self._connect()
            self._send(self._wire.begin())
            await self._settle()
            await self._sign_in()
        except BaseException:
            self.abort()
            raise
        return True

    def pass_to(self, sink: Callable[[bytes], None], party: object) -> None:
        """From now on ``sink`` gets what the asset shows."""
        self._sink, self.party = sink, party
        if self._leg is None:
            return
        if self._early:
            sink(bytes(self._early))
            self._early.clear()
        self._read_on()
        if self._gone:
            asyncio.get_running_loop().call_soon(self._tell_gone)
        elif self._asset_ended:
            self._end()

    # -- towards the asset -------------------------------------------------------------------------

    def write(self, data: bytes | memoryview) -> None:
        """What the vendor typed. Where the asset said that it does not echo, it is shown from here."""
        if self._leg is None:
            return
        self._leg.write(self._wire.typed(bytes(data)))
        if self._sink is not None and (self._wire.gate_echoes or self._line.echo is Echoed.GATE):
            shown = self._echo.typed(bytes(data))
            if shown:
                self._sink(shown)

    def write_eof(self) -> None:
        """The vendor types no more."""
        if self._leg is not None:
            self._leg.write_eof()

    def change_terminal_size(self, width: int, height: int, pixwidth: int = 0, pixheight: int = 0) -> None:  # noqa: ARG002 - asyncssh's
        """Another window."""
        self._send(self._wire.resized((width, height)))

    def send_exact_signal(self, name: str) -> None:
        """Interrupt, over telnet; a line knows no other."""
        said = self._wire.signalled(name)
        if said:
            self._send(said)
        elif name != "KILL" and self._screen is not None:  # which is how a passage without a terminal ends
            self._screen.say(f"penstock: this line can't pass on the signal {name}.")

    def send_exact_break(self, milliseconds: int) -> None:
        """A break, where the line has one; by RFC 2217 as long as asked for."""
        ends = self._wire.broke()
        if ends is None:
            if self._screen is not None:
                self._screen.say(
                    "penstock: this line can't pass on a break; the charter gives no RFC 2217 settings."
                )
            return
        self._send(ends[0])
        if ends[1]:
            asyncio.get_running_loop().call_later(
                min(max(milliseconds, 250), 3000) / 1000, self._send, ends[1]
            )

    def pause_reading(self) -> None:
        """Take no more from the asset for now."""
        self._vendor_slow = True
        self._read_on()

    def resume_reading(self) -> None:
        """Go on."""
        self._vendor_slow = False
        self._read_on()

    def _read_on(self) -> None:
        if self._leg is None:
            return
        if self._vendor_slow or self._asset_slow or self._fault is not None:
            self._leg.pause_reading()
        else:
            self._leg.resume_reading()

    def close(self) -> None:
        """Close once all is sent."""
        if self._leg is not None:
            self._leg.close()

    def abort(self) -> None:
        """Close now."""
        self._aborted = True
        self._came.set()
        if self._leg is not None:
            self._leg.abort()

    def is_closing(self) -> bool:
        """Whether nothing can be written any more."""
        return self._leg is None or self._leg.is_closing()

    @property
    def over(self) -> bool:
        """Whether this side has closed it."""
        return self.is_closing()

    @property
    def sealed(self) -> bool:
        """Whether it is seen to be closed."""
        return self._gone or (self._leg is None and self._aborted)

    # -- from the asset (the leg calls these) -------------------------------------------------------

    def asset_sent(self, data: memoryview) -> None:
        """Take out what is meant for the gate, answer it, and pass on the rest."""
        heard = self._wire.heard(bytes(data))
        if heard.answer:
            self._send(heard.answer)
        if heard.shown:
            self._echo.shown(heard.shown)
            if self._sink is not None:
                self._sink(heard.shown)
            else:
                self._early += heard.shown
        if heard.cut is not None:
            self._give_up(heard.cut)
        elif self._sink is None and len(self._early) > MOST_EARLY_BYTES:
            self._give_up(TOO_MUCH)
        self._came.set()

    def _give_up(self, cut: Cut) -> None:
        self._fault = LineError(cut.code, cut.sentence, remedy="Tell the plant; it may be another machine.")
        self._read_on()
        if self._sink is not None and self._screen is not None:
            self._screen.cut(cut.code, cut.sentence)

    def asset_ended(self) -> None:
        """The asset hung up, in order."""
        self._asset_ended = True
        self._came.set()
        if self._sink is not None:
            self._end()

    def asset_slow(self) -> None:
        """The asset does not read: neither the vendor nor the asset itself gets to say more."""
        self._asset_slow = True
        self._read_on()
        if self._screen is not None:
            self._screen.pause_writing()

    def asset_ready(self) -> None:
        """The asset reads again."""
        self._asset_slow = False
        self._read_on()
        if self._screen is not None:
            self._screen.resume_writing()

    def asset_gone(self) -> None:
        """The connection is closed."""
        self._gone = True
        self._came.set()
        self._tell_gone()

    def _tell_gone(self) -> None:
        if self._screen is not None and self._sink is not None:
            in_order = self._asset_ended or self._aborted
            self._screen.connection_lost(
                None if in_order else ConnectionResetError("the connection was lost")
            )

    # -- before anybody types ----------------------------------------------------------------------

    async def _connect(self) -> None:
        if not self._aborted:
            self._leg = Leg(await reach(self._endpoint), self)
        if self._aborted:
            raise _hung_up()

    async def _settle(self) -> None:
        try:
            async with asyncio.timeout(SETTLE_S):
                while not self._wire.settled:
                    await self._more()
        except TimeoutError as error:
            raise LineError(
                "line_not_set",
                "The terminal server did not confirm how its port is set.",
                remedy="Tell the plant; its charter says that it speaks RFC 2217.",
            ) from error

    async def _sign_in(self) -> None:
        expected, credential = self._line.log_in, self._credential
        if expected is None or credential is None:
            return
        name, password = credential.username, credential.password or ""
        if not password or not (name + password).isprintable():
            raise LineError(
                "no_credential",
                "The vault holds nothing for this asset that can be typed.",
                remedy="Ask the plant to keep a name and a password for it.",
            )
        signing = SigningIn(expected, name, password)
        now_s = asyncio.get_running_loop().time
        until, asleep = now_s() + LOG_IN_S, now_s() + ASLEEP_S
        woken = self._endpoint.protocol is not Protocol.SERIAL
        while True:
            said = await self._quiet(until)
            woken = woken or bool(said)
            if not woken and now_s() > asleep:
                woken = True
                self._send(self._wire.typed(b"\r"))  # what asked long ago, and nobody saw it, asks again
            step = self._judged(signing, said)
            if step.fault is not None:
                raise _not_signed_in(step.fault)
            if step.typed:
                self._send(self._wire.typed(step.typed))
            if step.shown is not None:
                self._early[:] = step.shown
                return

    def _judged(self, signing: SigningIn, said: bytes | None) -> Step:
        if said is None:
            return signing.late()
        return signing.heard(said) if said else signing.quiet()

    async def _quiet(self, until: float) -> bytes | None:
        """What the asset shows next; empty when it was quiet for a moment, None when the time is up."""
        left = until - asyncio.get_running_loop().time()
        if left <= 0:
            return None
        try:
            async with asyncio.timeout(min(QUIET_S, left)):
                while not self._early:
                    await self._more()
        except TimeoutError:
            return b""
        said = bytes(self._early)
        self._early.clear()
        return said

    async def _more(self) -> None:
        """Return once something came; PeerError when nothing more can."""
        if self._fault is not None:
            raise self._fault
        if self._leg is None or self._asset_ended or self._gone or self._aborted:
            raise _hung_up()
        self._came.clear()
        self._read_on()
        await self._came.wait()
        if self._fault is not None:
            raise self._fault

    # -- ends --------------------------------------------------------------------------------------

    def _end(self) -> None:
        if self._screen is not None and self._leg is not None:
            self._screen.eof_received()
            self._screen.exit_status_received(ENDED)
            self._leg.close()

    def _send(self, data: bytes) -> None:
        if data and self._leg is not None and not self._leg.is_closing():
            self._leg.write(data)


def _hung_up() -> PeerError:
    return UnreachableError(
        "The asset hung up before anybody could type.", remedy="Ask the plant whether its line is in use."
    )


def _not_signed_in(fault: Fault) -> PeerError:
    if fault is Fault.REFUSED:
        return UnreachableError(fault.value, remedy="Ask the plant to renew the credential in its vault.")
    return LineError(
        "log_in_unexpected",
        fault.value,
        remedy="Tell the plant; it may be another machine, or somebody is still signed in there.",
    )
