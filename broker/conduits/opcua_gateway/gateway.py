"""An OPC UA gateway: both ends are encrypted, each with the gate, and what they say is judged and recorded in the clear.

The tool's channel ends here, and another begins here to the asset. In between runs the filter of channels that nothing
secures, over chunks that differ from those on the lines in nothing but that.
"""

from base64 import b64decode
from collections.abc import Callable, Iterator

from asyncua import ua

from broker.conduits.framed import TOOL, Framed
from broker.conduits.opcua.chunks import (
    ACKNOWLEDGE,
    CLOSE,
    ERROR,
    FROM_CLIENT,
    FROM_SERVER,
    HELLO,
    OPEN,
    Chunk,
    Framing,
    Secured,
    secured,
)
from broker.conduits.opcua.encoding import EncodingError, Reader
from broker.conduits.opcua.filter import OpcUaFilter
from broker.conduits.opcua_gateway.channel import (
    SEALED,
    ChannelError,
    Identity,
    Side,
    built,
    encrypted,
    parsed,
    plain,
    plain_chunk,
    usable,
    whole,
)
from broker.conduits.opcua_gateway.sessions import ACTIVATE, CREATE, ENDPOINTS, Sessions
from broker.conduits.tcp.filter import Filter
from domain.errors import ConfigError
from domain.output import Cut, Output
from domain.plant import Endpoint

FIND_SERVERS = 422
DISCOVERY = frozenset({FIND_SERVERS, ENDPOINTS})
"""All that may be asked for where nothing is encrypted: a tool finds by it what the gate offers."""

MADE_ANEW = frozenset({ENDPOINTS, CREATE, ACTIVATE})
UNSECURED = ua.MessageSecurityMode.None_


class OpcUaGateway(Framed[Chunk]):
    """One connection. Holds what its filter holds, an unfinished chunk of each line, and the keys of four tokens."""

    ASSET = "server"

    def __init__(self, filter_: OpcUaFilter, identity: Identity, pinned: bytes, at: str) -> None:
        """``pinned``: the asset's certificate (DER). ``at``: where it answers, for the address in a session's request."""
        super().__init__(Framing(FROM_CLIENT), Framing(FROM_SERVER))
        self._filter = filter_
        self._tool, self._server = Side(identity), Side(identity, peer=pinned)
        self._sessions = Sessions(self._tool, self._server, at)
        self._discovering: bool | None = None
        """The tool's channel is one that nothing secures; None before there is one."""
        self._sending: int | None = None

    def for_asset(self, data: bytes) -> bytes:
        """What goes over the asset's line in place of ``data``, which the filter let through."""
        if data[:3] == HELLO or self._discovering:
            return data
        if data[:3] != OPEN:
            chunk = plain_chunk(data)
            return self._server.sealed(
                plain(chunk, self._sessions.unveiled(chunk.SequenceHeader.RequestId, chunk.Body))
            )
        request = parsed(ua.OpenSecureChannelRequest, plain_chunk(data).Body)
        request.Parameters.SecurityMode = SEALED
        request.Parameters.ClientNonce = self._server.fresh_nonce()
        self._server.uri = self._tool.uri
        return self._server.sealed_opening(data, built(request))

    def for_vendor(self, data: bytes) -> bytes:
        """What goes over the tool's line in place of ``data``."""
        if data[:3] in {ACKNOWLEDGE, ERROR} or self._discovering:
            return data
        if data[:3] != OPEN:
            return self._tool.sealed(data)
        answer = parsed(ua.OpenSecureChannelResponse, plain_chunk(data).Body)
        answer.Parameters.ServerNonce = self._tool.fresh_nonce()
        token = answer.Parameters.SecurityToken
        self._tool.agree(token.TokenId, token.RevisedLifetime)
        return self._tool.sealed_opening(data, built(answer))

    def _sent(self, frame: Chunk) -> Iterator[Output]:
        try:
            opened = self._from_tool(frame)
        except ChannelError as error:
            yield Cut(
                "opc_ua_channel", f"What the vendor's tool sent can't pass the gateway. {error.sentence}"
            )
            return
        yield from self._filter.from_vendor(opened)

    def _came(self, frame: Chunk) -> Iterator[Output]:
        try:
            opened = self._from_server(frame)
        except ChannelError as error:
            yield Cut("opc_ua_channel", f"What the server sent can't pass the gateway. {error.sentence}")
            return
        yield from self._filter.from_asset(opened)

    def _malformed(self, why: str, whose: str = TOOL) -> Cut:
        return Cut("opc_ua_malformed", f"What the {whose} sent is no OPC UA. {why}")

    # -- from the vendor ---------------------------------------------------------------------------

    def _from_tool(self, chunk: Chunk) -> bytes:
        """``chunk`` as one that nothing secures."""
        if chunk.kind == HELLO:
            return chunk.data
        if chunk.kind == OPEN:
            return self._asked_for(chunk)
        if self._discovering is None:
            raise ChannelError("A message before the channel.")
        data = chunk.data if self._discovering else plain(self._tool.opened(chunk.data))
        return data if chunk.kind == CLOSE else self._request(Chunk(chunk.kind, chunk.part, data))

    def _asked_for(self, chunk: Chunk) -> bytes:
        discovering = not encrypted(chunk.data)
        if self._discovering not in {None, discovering}:
            raise ChannelError("A channel changes its security in the middle of the work.")
        self._discovering = discovering
        if discovering:
            return chunk.data
        opened = self._tool.opening(chunk.data)
        request = parsed(ua.OpenSecureChannelRequest, opened.Body)
        if request.Parameters.SecurityMode != SEALED:
            raise ChannelError("It is to be signed alone: set the tool to SignAndEncrypt.")
        self._tool.hear_nonce(request.Parameters.ClientNonce)
        request.Parameters.SecurityMode, request.Parameters.ClientNonce = UNSECURED, None
        return plain(opened, built(request))

    def _request(self, chunk: Chunk) -> bytes:
        found = _found(chunk)
        follows, self._sending = found.request == self._sending, None if whole(chunk.data) else found.request
        if follows:
            return chunk.data
        code = _code(found.body)
        if self._discovering and (code not in DISCOVERY or not whole(chunk.data)):
            raise ChannelError(
                "Where nothing is encrypted it may only look for servers: set it to SignAndEncrypt."
            )
        if code not in MADE_ANEW:
            return chunk.data
        if not whole(chunk.data):
            raise ChannelError("A session is asked for in several chunks.")
        return _with(chunk, self._sessions.asked(code, found.request, found.body))

    # -- from the asset ----------------------------------------------------------------------------

    def _from_server(self, chunk: Chunk) -> bytes:
        if chunk.kind in {ACKNOWLEDGE, ERROR}:
            return chunk.data
        if self._discovering is None:
            raise ChannelError("A message before the channel.")
        if chunk.kind == OPEN:
            return chunk.data if self._discovering else self._granted(chunk)
        data = chunk.data if self._discovering else plain(self._server.opened(chunk.data))
        opened = Chunk(chunk.kind, chunk.part, data)
        found = _found(opened)
        if not self._sessions.waits_for(found.request):
            return data
        if not whole(data):
            raise ChannelError("An answer about a session comes in several chunks.")
        return _with(opened, self._sessions.answered(_code(found.body), found.request, found.body))

    def _granted(self, chunk: Chunk) -> bytes:
        opened = self._server.opening(chunk.data)
        answer = parsed(ua.OpenSecureChannelResponse, opened.Body)
        self._server.hear_nonce(answer.Parameters.ServerNonce)
        token = answer.Parameters.SecurityToken
        self._server.agree(token.TokenId, token.RevisedLifetime)
        answer.Parameters.ServerNonce = None
        return plain(opened, built(answer))


def _found(chunk: Chunk) -> Secured:
    found = secured(chunk, 0)
    if found is None:
        raise ChannelError("A message is too short.")
    return found


def _code(body: bytes) -> int:
    """The number of a request's or an answer's encoding; 0 where it has none of the standard's."""
    try:
        kind = Reader(body).node()
    except EncodingError:
        return 0
    return kind.name if kind.namespace == 0 and isinstance(kind.name, int) else 0


def _with(chunk: Chunk, body: bytes) -> bytes:
    return plain(plain_chunk(chunk.data), body)


def gateway_for(identity: Callable[[], Identity], filter_: Filter, endpoint: Endpoint) -> Filter:
    """A gateway around ``filter_``, to the server whose certificate ``endpoint`` pins. Raises ConfigError."""
    if not isinstance(filter_, OpcUaFilter):
        raise ConfigError("A certificate is pinned for what is no OPC UA.")
    pinned = b64decode(endpoint.certificate)
    try:
        usable(pinned)
    except ChannelError as error:
        raise ConfigError(
            f"The certificate that the charter pins can't be used. {error.sentence}",
            remedy="Pin the server's own.",
        ) from error
    address = f"[{endpoint.address}]" if endpoint.address.version == 6 else str(endpoint.address)
    return OpcUaGateway(filter_, identity(), pinned, f"{address}:{endpoint.port}")
