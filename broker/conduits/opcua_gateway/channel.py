"""One encrypted side of an OPC UA connection: its chunks opened into such as nothing secures, and these sealed again.

OPC 10000-6, clause 6.7. The algorithms are asyncua's. Numbers of channel, token, request and sequence are the same
inside and outside, so both sides of the gate count alike; keys and nonces are each side's own.
"""

import hashlib
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from asyncua import ua
from asyncua.common.connection import MessageChunk
from asyncua.common.utils import Buffer
from asyncua.crypto.security_policies import (
    SecurityPolicyAes128Sha256RsaOaep,
    SecurityPolicyAes256Sha256RsaPss,
    SecurityPolicyBasic256Sha256,
)
from asyncua.ua.ua_binary import header_from_binary, struct_from_binary, struct_to_binary
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, load_der_x509_certificate

from broker.conduits.opcua.chunks import CLOSE, FINAL, OPEN

Chunk: Any = MessageChunk
"""Untyped, as much of asyncua is."""

NONE = b"http://opcfoundation.org/UA/SecurityPolicy#None"
ENCRYPTED: Mapping[str, Any] = {
    one.URI: one
    for one in (
        SecurityPolicyBasic256Sha256,
        SecurityPolicyAes128Sha256RsaOaep,
        SecurityPolicyAes256Sha256RsaPss,
    )
}
"""The policies that a gateway speaks. Those that rest on SHA-1 (Basic128Rsa15, Basic256) it does not."""

NONCE_BYTES = 32
LEAST_KEY_BITS = 2048
SEALED = ua.MessageSecurityMode.SignAndEncrypt
TOKENS = 2
"""Keys that are kept: those in use, and those before them, by which what is under way still comes."""


class ChannelError(Exception):
    """What a side sent can't be opened."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Identity:
    """A private key and the certificate that goes with it."""

    key: RSAPrivateKey
    certificate: Certificate

    @property
    def der(self) -> bytes:
        """The certificate as it goes over the line."""
        return self.certificate.public_bytes(Encoding.DER)


@dataclass
class Side:
    """The channel to one peer, by the gate's ``identity``. ``peer``: its certificate, once it is known or pinned."""

    identity: Identity
    uri: str = ""
    peer: bytes = b""
    _own_nonce: bytes = b""
    _peer_nonce: bytes = b""
    _tokens: dict[int, Any] = field(default_factory=dict)

    def policy(self) -> Any:
        """The algorithms, with the keys of both ends and without any of a token yet."""
        return ENCRYPTED[self.uri](self.peer, self.identity.certificate, self.identity.key, SEALED)

    def opening(self, data: bytes) -> Any:
        """The chunk that asks for a channel or grants one, opened; the first one's sender is the peer from then on."""
        head = _asymmetric(data)
        sender = head.SenderCertificate or b""
        if (
            head.ReceiverCertificateThumbPrint
            != hashlib.sha1(self.identity.der, usedforsecurity=False).digest()
        ):
            raise ChannelError("It is meant for another key than the gate's.")
        if head.SecurityPolicyURI not in ENCRYPTED or self.uri not in {"", head.SecurityPolicyURI}:
            raise ChannelError("It is by a policy that the gate does not speak.")
        if self.peer and sender != self.peer:
            raise ChannelError("It comes by another certificate than the one that is known.")
        if not self.peer:
            usable(sender)
        self.uri, self.peer = head.SecurityPolicyURI, sender
        return self._opened(self.policy(), data)

    def opened(self, data: bytes) -> Any:
        """The chunk of a message, opened by the keys of its token."""
        token = int.from_bytes(data[12:16], "little")
        if token not in self._tokens:
            raise ChannelError("It is by keys that were never agreed on, or are no longer.")
        return self._opened(self._tokens[token], data)

    def sealed(self, plain: bytes) -> bytes:
        """A chunk that nothing secures as one of this channel. Its token is one that was agreed on."""
        chunk = plain_chunk(plain)
        policy = self._tokens[chunk.SecurityHeader.TokenId]
        chunk.crypto = policy.symmetric_cryptography
        return bytes(chunk.to_binary())

    def sealed_opening(self, plain: bytes, body: bytes) -> bytes:
        """A chunk that opens a channel as one of this side, with ``body`` in place of its own."""
        policy, given = self.policy(), plain_chunk(plain)
        kind, final = ua.MessageType.SecureOpen, ua.ChunkType.Single
        chunk = Chunk(policy.asymmetric_cryptography, body, kind, final)
        chunk.MessageHeader.ChannelId = given.MessageHeader.ChannelId
        chunk.SequenceHeader = given.SequenceHeader
        chunk.SecurityHeader.SecurityPolicyURI = self.uri
        chunk.SecurityHeader.SenderCertificate = self.identity.der
        thumb = hashlib.sha1(self.peer, usedforsecurity=False).digest()
        chunk.SecurityHeader.ReceiverCertificateThumbPrint = thumb
        return bytes(chunk.to_binary())

    def fresh_nonce(self) -> bytes:
        """What this side adds to the next keys."""
        self._own_nonce = secrets.token_bytes(NONCE_BYTES)
        return self._own_nonce

    def hear_nonce(self, nonce: bytes | None) -> None:
        """What the peer adds to the next keys."""
        if nonce is None or len(nonce) < NONCE_BYTES:
            raise ChannelError("It brings too little to make keys of.")
        self._peer_nonce = nonce

    def agree(self, token: int, lifetime_ms: int) -> None:
        """From now on there are keys for ``token``, of both nonces."""
        policy = self.policy()
        policy.make_local_symmetric_key(self._peer_nonce, self._own_nonce)
        policy.make_remote_symmetric_key(self._own_nonce, self._peer_nonce, lifetime_ms)
        self._tokens[token] = policy
        while len(self._tokens) > TOKENS:
            del self._tokens[next(iter(self._tokens))]

    @staticmethod
    def _opened(policy: Any, data: bytes) -> Any:
        try:
            return Chunk.from_binary(policy, Buffer(data))
        except Exception as error:  # asyncua and cryptography raise a dozen kinds at what can't be opened
            raise ChannelError("It can't be opened by the keys that were agreed on.") from error


def encrypted(data: bytes) -> bool:
    """Whether the chunk in ``data``, which opens a channel, is by a policy that secures it."""
    return bool(_asymmetric(data).SecurityPolicyURI != NONE.decode())


def plain(chunk: Any, body: bytes | None = None) -> bytes:
    """``chunk`` as one that nothing secures, with ``body`` in place of its own."""
    header, sequence = chunk.MessageHeader, chunk.SequenceHeader
    if header.MessageType == ua.MessageType.SecureOpen:
        security = struct.pack("<i", len(NONE)) + NONE + struct.pack("<ii", -1, -1)
    else:
        security = struct.pack("<I", chunk.SecurityHeader.TokenId)
    rest = struct.pack("<I", header.ChannelId) + security
    rest += struct.pack("<II", sequence.SequenceNumber, sequence.RequestId)
    rest += chunk.Body if body is None else body
    return bytes(header.MessageType) + bytes(header.ChunkType) + struct.pack("<I", 8 + len(rest)) + rest


def plain_chunk(data: bytes) -> Any:
    """The chunk in ``data``, which nothing secures."""
    at = 12
    if data[:3] == OPEN:
        chunk = Chunk(None, b"", ua.MessageType.SecureOpen, ua.ChunkType.Single)
        at += 4 + len(NONE) + 8
    else:
        kind = ua.MessageType.SecureClose if data[:3] == CLOSE else ua.MessageType.SecureMessage
        chunk = Chunk(None, b"", kind, data[3:4])
        chunk.SecurityHeader.TokenId = int.from_bytes(data[12:16], "little")
        at += 4
    chunk.MessageHeader.ChannelId = int.from_bytes(data[8:12], "little")
    sequence = chunk.SequenceHeader
    sequence.SequenceNumber, sequence.RequestId = struct.unpack_from("<II", data, at)
    chunk.Body = data[at + 8 :]
    return chunk


def parsed(kind: Any, body: bytes) -> Any:
    """``body`` as a structure of ``kind``. Raises ChannelError."""
    try:
        return struct_from_binary(kind, Buffer(body))
    except Exception as error:  # asyncua raises whatever it stumbles over
        raise ChannelError("A message of its session can't be read.") from error


def built(message: Any) -> bytes:
    """The bytes of a structure."""
    return bytes(struct_to_binary(message))


def whole(data: bytes) -> bool:
    """Whether the chunk in ``data`` is all of its message."""
    return data[3:4] == FINAL


def _asymmetric(data: bytes) -> Any:
    buffer = Buffer(data)
    try:
        header_from_binary(buffer)
        return struct_from_binary(ua.AsymmetricAlgorithmHeader, buffer)
    except Exception as error:  # as above
        raise ChannelError("A request for a channel can't be read.") from error


def usable(certificate: bytes) -> None:
    """Raises ChannelError where ``certificate`` has no key that the policies can work with."""
    try:
        key = load_der_x509_certificate(certificate).public_key()
    except ValueError as error:
        raise ChannelError("Its certificate can't be read.") from error
    if not isinstance(key, RSAPublicKey) or key.key_size < LEAST_KEY_BITS:
        raise ChannelError(f"Its certificate has no RSA key of at least {LEAST_KEY_BITS} bits.")
