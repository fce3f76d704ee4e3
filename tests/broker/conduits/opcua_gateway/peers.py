"""A tool and a server at the two ends of an OPC UA gateway, without a network: both hold their own keys and no others'."""

from dataclasses import dataclass, field
from typing import Any

from asyncua import ua

from broker.conduits.opcua.filter import OpcUaFilter
from broker.conduits.opcua_gateway.channel import SEALED, Side, built, parsed, plain_chunk
from broker.conduits.opcua_gateway.gateway import OpcUaGateway
from domain.access import Action
from domain.output import Answer, Output, ToAsset, ToVendor
from tests.broker.conduits.opcua.samples import ACK, OPENED, SIGNED, TOKEN, hello, message, opening
from tests.broker.conduits.opcua_gateway.keys import identity

VIEW = frozenset({Action.VIEW})


@dataclass
class Ends:
    """``tool`` and ``server`` as far as each is a channel, with the gateway between them."""

    actions: frozenset[Action] = VIEW
    policy: str = SIGNED
    mode: Any = SEALED
    gateway: OpcUaGateway = field(init=False)
    tool: Side = field(init=False)
    server: Side = field(init=False)
    answered: int = 0
    """How many messages the server has sent in its channel."""

    def __post_init__(self) -> None:
        gate, plc = identity("gate"), identity("plc")
        self.gateway = OpcUaGateway(OpcUaFilter(self.actions), gate, plc.der, "192.0.2.10:4840")
        self.tool = Side(identity("tool"), self.policy, gate.der)
        self.server = Side(plc)

    def greet(self) -> None:
        assert self.sent(hello()) == hello()
        assert self.told(ACK) == ACK

    def ask(self, number: int = 1) -> list[Output]:
        """What becomes of the tool's request for a channel."""
        request = ua.OpenSecureChannelRequest()
        request.Parameters.SecurityMode = self.mode
        request.Parameters.ClientNonce = self.tool.fresh_nonce()
        request.Parameters.RequestedLifetime = 60_000
        sealed = self.tool.sealed_opening(opening(number), built(request))
        return list(self.gateway.from_vendor(sealed))

    def open(self, number: int = 1, token: int = TOKEN) -> None:
        """The channel, granted by the server and keyed on both sides."""
        (asked,) = self.ask(number)
        assert isinstance(asked, ToAsset)
        came = self.server.opening(self.gateway.for_asset(asked.data))
        self.server.hear_nonce(parsed(ua.OpenSecureChannelRequest, came.Body).Parameters.ClientNonce)
        answer = parsed(ua.OpenSecureChannelResponse, plain_chunk(OPENED).Body)
        answer.Parameters.ServerNonce = self.server.fresh_nonce()
        answer.Parameters.SecurityToken.TokenId = token
        answer.Parameters.SecurityToken.RevisedLifetime = 60_000
        self.server.agree(token, 60_000)
        self.answered += 1
        plain = opening(self.answered, request=number)
        (told,) = self.gateway.from_asset(self.server.sealed_opening(plain, built(answer)))
        assert isinstance(told, ToVendor)
        granted = self.tool.opening(self.gateway.for_vendor(told.data))
        self.tool.hear_nonce(parsed(ua.OpenSecureChannelResponse, granted.Body).Parameters.ServerNonce)
        self.tool.agree(token, 60_000)

    def asks(self, body: bytes, number: int) -> list[Output]:
        """What becomes of a sealed request."""
        return list(self.gateway.from_vendor(self.tool.sealed(message(body, number))))

    def answers(self, body: bytes, number: int) -> list[Output]:
        """What becomes of a sealed answer."""
        return list(self.gateway.from_asset(self.sealed_answer(body, number)))

    def sealed_answer(self, body: bytes, number: int, token: int = TOKEN) -> bytes:
        """The server's next message, to the request ``number``."""
        self.answered += 1
        return self.server.sealed(with_token(message(body, self.answered, number), token))

    def sent(self, data: bytes) -> bytes:
        """What goes over the server's line for what goes over the tool's."""
        return b"".join(
            self.gateway.for_asset(one.data)
            for one in self.gateway.from_vendor(data)
            if isinstance(one, ToAsset)
        )

    def told(self, data: bytes) -> bytes:
        """And the other way."""
        return b"".join(
            self.gateway.for_vendor(one.data)
            for one in self.gateway.from_asset(data)
            if isinstance(one, ToVendor | Answer)
        )


def with_token(data: bytes, token: int) -> bytes:
    """The chunk of a message, by another token."""
    return data[:12] + token.to_bytes(4, "little") + data[16:]


def connected(actions: frozenset[Action] = VIEW, policy: str = SIGNED) -> Ends:
    """With its channel open."""
    ends = Ends(actions, policy)
    ends.greet()
    ends.open()
    return ends
