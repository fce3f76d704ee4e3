"""The one shell for every TCP conduit: bytes, filter, gate and record, and only then the other side.

Either side is read only while the other takes. Each direction ends on its own.
"""

import asyncio
import socket
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, assert_never

import asyncssh

from broker.conduits.asyncssh_internals.paced import ForwardChannel
from broker.conduits.seams import Engine, Live
from broker.conduits.target import reach
from broker.conduits.tcp.filter import Filter, HearsTheEnd, Opaque, Sealing
from broker.conduits.tcp.leg import Leg
from broker.conduits.tcp.tls import TlsLeg, secured
from broker.exit_status import REFUSED
from domain.canonical import Json
from domain.output import Answer, Cut, Output, ToAsset, ToVendor, Withhold
from domain.plant import Endpoint
from recorder.format.frame import Kind
from recorder.format.payloads import channel_closed, eof, mark

LINGER_S = 5.0


def _told_already(_count: int) -> None:
    """An outbound forward that has refused once stays outbound, and is closing."""


def _tell_nobody(_code: str, _sentence: str) -> None:
    """A filter that refuses nothing has nothing to tell."""


class Relay(asyncssh.SSHTCPSession[bytes]):
    """One ``-L`` connection, from the vendor's channel to the asset's endpoint. A Passage of its session."""

    has_terminal = False

    def __init__(
        self,
        live: Live,
        filter_: Filter,
        inward_refused: Callable[[int], None] | None = None,
        refused: Callable[[str, str], None] = _tell_nobody,
        held_to: Mapping[str, Json] | None = None,
        engine: Engine | None = None,
    ) -> None:
        """``inward_refused``: the way is outbound, and this is told how much the vendor tried to send in.

        ``refused`` is told the code and the sentence of everything that the filter refuses. ``held_to``: the protocol and the
        actions, for the recording; a reader of the evidence knows by it how to read what crossed. ``engine``: who speaks to the
        asset, where the gate does not itself.
        """
        self.number = 0
        self.party: object = object()
        self._inward_refused = inward_refused
        self._refused = refused
        self._held_to = held_to or {}
        self._live = live
        self._filter = filter_
        self._opaque = filter_ if isinstance(filter_, Opaque) else None
        self._sealing = filter_ if isinstance(filter_, Sealing) else None
        self._engine = engine
        self._vendor: ForwardChannel | None = None
        self._asset: Leg | TlsLeg | None = None
        self._reached: socket.socket | None = None
        """The asset's connection while it is being secured, and nobody's leg yet."""
        self._vendor_ended = self._asset_ended = False
        self._vendor_gone = self._asset_gone = False
        self._left = False
        self._held = self._ended_while_held = False

    async def open(self, endpoint: Endpoint) -> None:
        """Connect to exactly ``endpoint``; UnreachableError when it does not answer, CertificateError when it is another.

        Where an engine does, DecisionError with its own reason.
        """
        self._live.note(
            Kind.MARK, self.number, mark("filter", opaque=self._opaque is not None, **self._held_to)
        )
        if self._engine is not None:
            self._asset = Leg(await self._engine.start(), self)
            self._engine.hear(self._engine_gone)
            return
        sock = await reach(endpoint)
        # Either leg reads once the vendor's channel can take it.
        if endpoint.web is None or not endpoint.web.secure:
            self._asset = Leg(sock, self)
            return
        self._reached = sock
        try:
            self._asset = TlsLeg(await secured(sock, endpoint), self)
        finally:
            self._reached = None

    # -- from the vendor (asyncssh calls these) ---------------------------------------------------

    def connection_made(self, chan: Any) -> None:
        self._vendor = chan
        if self._asset is None or self._asset.is_closing() or self._left:
            self.finish("never opened", "", 0)  # the session ended meanwhile
            return
        chan.pass_to(self.vendor_sent, self.party)
        if self._held:
            chan.hold()
        self._asset.resume_reading()

    def data_received(self, data: bytes, datatype: int | None) -> None:  # noqa: ARG002 - asyncssh's signature
        self.vendor_sent(data)

    def vendor_sent(self, data: bytes | memoryview) -> None:
        """Bytes from the vendor's client."""
        if self._opaque is not None:
            if refused := self._opaque.refused(data, vendor=True):
                self._obey(refused)
            else:
                self._to_asset(data)
        else:
            self._obey(self._filter.from_vendor(bytes(data)))

    def eof_received(self) -> bool:
        if self._held:
            self._ended_while_held = True
            return True
        self._vendor_ended = True
        if self._asset is not None and not self._asset.is_closing():
            self._live.note(Kind.EOF, self.number, eof("vendor"))
            if self._inward_refused is None:  # else not even the end of the vendor's stream goes in
                self._asset.write_eof()
        self._end_when_both_did()
        return True

    def pause_writing(self) -> None:
        if self._asset is not None:
            self._asset.pause_reading()

    def resume_writing(self) -> None:
        if self._asset is not None and not self._asset.is_closing():
            self._asset.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncssh's signature
        self._vendor_gone = True
        if self._asset is not None:
            # What the vendor sent before it closed still goes out, if the asset takes it soon.
            self._asset.close()
            asyncio.get_running_loop().call_later(LINGER_S, self._asset.abort)
        self._settle("client gone")

    # -- from the asset ----------------------------------------------------------------------------

    def asset_sent(self, data: bytes | memoryview) -> None:
        """Bytes from the asset."""
        if self._opaque is not None:
            if refused := self._opaque.refused(data, vendor=False):
                self._obey(refused)
            else:
                self._to_vendor(data)
        else:
            self._obey(self._filter.from_asset(bytes(data)))

    def asset_ended(self) -> None:
        """The asset will send no more."""
        self._asset_ended = True
        if isinstance(self._filter, HearsTheEnd):
            self._obey(self._filter.asset_ended())
        self._live.note(Kind.EOF, self.number, eof("asset"))
        if self._vendor is not None and not self._vendor.is_closing():
            self._vendor.write_eof()
        self._end_when_both_did()

    def asset_slow(self) -> None:
        """The asset does not read: take no more from the vendor."""
        if self._vendor is not None:
            self._vendor.pause_reading()

    def asset_ready(self) -> None:
        """The asset reads again."""
        if self._vendor is not None:
            self._vendor.resume_reading()

    def _engine_gone(self, sentence: str) -> None:
        if sentence:
            self._live.note(Kind.MARK, self.number, mark("engine_ended", sentence=sentence))
        if self._asset is not None:
            self._asset.abort()
        self._settle("finished")

    def asset_gone(self) -> None:
        """The asset's connection is closed."""
        self._asset_gone = True
        if self._engine is not None:
            self._engine.end()
        if self._vendor is not None and not self._vendor.over:
            self._vendor.close()
        self._settle("finished")

    # -- both --------------------------------------------------------------------------------------

    def _obey(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            match output:
                case ToAsset(data, recorded=recorded, secret=secret):
                    if secret:
                        self._live.note(Kind.MARK, self.number, mark("veiled", what=secret, bytes=len(data)))
                    self._to_asset(data, recorded)
                case ToVendor(data):
                    self._to_vendor(data)
                case Answer(code, sentence, data):
                    self._live.note(Kind.MARK, self.number, mark("answered", code=code, sentence=sentence))
                    self._refused(code, sentence)
                    if data:
                        self._to_vendor(data)
                case Withhold(code, count):
                    self._live.note(Kind.MARK, self.number, mark("withheld", code=code, bytes=count))
                case Cut(code, sentence):
                    self._live.note(Kind.MARK, self.number, mark("cut", code=code, sentence=sentence))
                    self._refused(code, sentence)
                    self.finish(code, sentence, REFUSED)
                    return
                case never:
                    assert_never(never)

    def _to_asset(self, data: bytes | memoryview, recorded: bytes | None = None) -> None:
        if self._inward_refused is not None:
            self._refuse_inward(len(data))
            return
        kept = data if recorded is None else recorded
        if self._live.cross(Kind.TO_ASSET, self.number, kept) and self._asset is not None:
            self._asset.write(data if self._sealing is None else self._sealing.for_asset(bytes(data)))

    def _refuse_inward(self, count: int) -> None:
        """Nothing goes in over an outbound conduit: the bytes are dropped here, told, and the forward closed."""
        told, self._inward_refused = self._inward_refused, _told_already
        self._live.note(Kind.MARK, self.number, mark("inward_refused", bytes=count))
        if told is not None:
            told(count)
        self.finish("outbound_only", "outbound_only", REFUSED)

    def _to_vendor(self, data: bytes | memoryview) -> None:
        vendor = self._vendor
        if self._live.cross(Kind.TO_VENDOR, self.number, data) and vendor and not vendor.is_closing():
            vendor.write(data if self._sealing is None else self._sealing.for_vendor(bytes(data)))

    def _end_when_both_did(self) -> None:
        if self._vendor_ended and self._asset_ended and self._asset is not None:
            self._asset.close()

    # -- from the supervisor -----------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Nobody reads a forward: nothing to do."""

    def hold_input(self) -> None:
        """Leave what the vendor sends where it is: its window bounds how much that can be."""
        self._held = True
        if self._vendor is not None:
            self._vendor.hold()

    def let_input_go(self) -> None:
        """Pass on what waited, and its end if that came too."""
        self._held = False
        if self._vendor is not None:
            self._vendor.release()
            if self._ended_while_held:
                self.eof_received()

    def finish(self, cause: str, sentence: str, exit_status: int) -> None:  # noqa: ARG002 - the protocol's
        """Close both sides now, dropping what is buffered."""
        if self._reached is not None:
            with suppress(OSError):
                self._reached.shutdown(socket.SHUT_RDWR)  # whoever secures it sees its end, and closes it
        if self._engine is not None:
            self._engine.end()
        if self._asset is not None:
            self._asset.abort()
        if self._vendor is not None:
            self._vendor.abort()
        self._settle(cause)

    def closed(self) -> bool:
        """Whether both sides are seen to be closed."""
        vendor = self._vendor is None or self._vendor_gone or self._vendor.sealed
        return vendor and self._nothing_there()

    def _nothing_there(self) -> bool:
        engine = self._engine is None or self._engine.gone()
        return engine and self._reached is None and (self._asset is None or self._asset_gone)

    def _settle(self, cause: str) -> None:
        # Not before the asset's side is closed: until then the session must be able to cut it.
        if not self._left and self.number and self._nothing_there():
            self._left = True
            self._live.note(Kind.CHANNEL_CLOSED, self.number, channel_closed(cause))
            self._live.leave(self.number)
