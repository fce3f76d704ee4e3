"""What of an OPC UA session is bound to a certificate, made anew by the gate for each of its two sides.

OPC 10000-4, clause 5.6: whoever opens a session proves the key of its channel's certificate, and a password is encrypted
for the server's. A gateway is a server to the one side and a client to the other, so these four messages can't pass as
they came: session, activation, and the list of endpoints in two answers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from asyncua import ua
from asyncua.crypto import uacrypto
from asyncua.crypto.security_policies import SecurityPolicyAes256Sha256RsaPss, SecurityPolicyBasic256Sha256
from cryptography.x509 import SubjectAlternativeName, UniformResourceIdentifier, load_der_x509_certificate

from broker.conduits.opcua_gateway.channel import ENCRYPTED, SEALED, ChannelError, Side, built, parsed

ENDPOINTS, CREATE, ACTIVATE = 428, 461, 467
"""Requests, by the number of their binary encoding; and their answers:"""
ENDPOINTS_TOLD, CREATED, ACTIVATED = 431, 464, 470

MOST = 64
"""Sessions of one connection, and requests of the session that wait for their answer."""

VEIL = b"(not recorded)"

PASSING = frozenset({ua.UserTokenType.Anonymous, ua.UserTokenType.UserName})
"""Ways to sign in that a gateway can hand on. What a person signs with a key of their own is bound to one server."""

OAEP_256 = SecurityPolicyAes256Sha256RsaPss.AsymmetricEncryptionURI
OAEP = SecurityPolicyBasic256Sha256.AsymmetricEncryptionURI
CIPHERS: Mapping[str, tuple[Any, Any]] = {
    OAEP: (uacrypto.decrypt_rsa_oaep, uacrypto.encrypt_rsa_oaep),
    OAEP_256: (uacrypto.decrypt_rsa_oaep_sha256, uacrypto.encrypt_rsa_oaep_sha256),
}
"""By its URI: how a password is opened, and sealed again."""


@dataclass
class Sessions:
    """Of one connection: ``tool`` is the side towards the vendor, ``server`` the one towards the asset."""

    tool: Side
    server: Side
    at: str
    """Where the asset answers: ``192.0.2.10:4840``."""
    _waiting: dict[int, tuple[int, Any]] = field(default_factory=dict)
    _nonces: dict[Any, bytes] = field(default_factory=dict)
    _veiled: dict[int, bytes] = field(default_factory=dict)
    """By request: a password that the tool relies on the channel to hide. What is judged and recorded does not have it."""

    def asked(self, code: int, number: int, body: bytes) -> bytes:
        """A request of the tool, as the gate asks it of the asset."""
        if code == ENDPOINTS:
            request = parsed(ua.GetEndpointsRequest, body)
            self._wait(number, code, request.Parameters.EndpointUrl)
            return body
        if code == CREATE:
            return self._created(number, parsed(ua.CreateSessionRequest, body))
        return self._activated(number, parsed(ua.ActivateSessionRequest, body))

    def unveiled(self, number: int, body: bytes) -> bytes:
        """A request as it goes to the asset: with the password that was left out of what is recorded, if there is one."""
        secret = self._veiled.pop(number, None)
        if secret is None:
            return body
        request = parsed(ua.ActivateSessionRequest, body)
        request.Parameters.UserIdentityToken.Password = secret
        return built(request)

    def waits_for(self, number: int) -> bool:
        """Whether the answer to ``number`` is one that has to be made anew."""
        return number in self._waiting

    def answered(self, code: int, number: int, body: bytes) -> bytes:
        """The asset's answer to one of these, as the gate gives it to the tool. Of what was refused, as it is."""
        asked, about = self._waiting.pop(number)
        if (asked, code) == (ENDPOINTS, ENDPOINTS_TOLD):
            told = parsed(ua.GetEndpointsResponse, body)
            told.Endpoints = self._endpoints(told.Endpoints, about)
            return built(told)
        if (asked, code) == (CREATE, CREATED):
            return self._granted(about, parsed(ua.CreateSessionResponse, body))
        if (asked, code) == (ACTIVATE, ACTIVATED):
            self._keep(about, parsed(ua.ActivateSessionResponse, body).Parameters.ServerNonce)
        return body

    # -- a session is opened -----------------------------------------------------------------------

    def _created(self, number: int, request: Any) -> bytes:
        given = request.Parameters
        if given.ClientCertificate != self.tool.peer:
            raise ChannelError("A session is asked for by another certificate than its channel's.")
        self._wait(number, CREATE, (given.ClientNonce or b"", given.EndpointUrl))
        given.ClientCertificate = self.server.identity.der
        given.ClientDescription.ApplicationUri = application(self.server.identity.der)
        given.ServerUri = None
        path = urlsplit(given.EndpointUrl or "").path
        given.EndpointUrl = f"opc.tcp://{self.at}{path}"
        return built(request)

    def _granted(self, about: tuple[bytes, str], answer: Any) -> bytes:
        nonce, url = about
        given = answer.Parameters
        signed = self.server.identity.der + nonce
        self._verify(self.server, signed, given.ServerSignature)
        self._keep(given.AuthenticationToken, given.ServerNonce)
        given.ServerCertificate = self.tool.identity.der
        given.ServerSignature = self._sign(self.tool, self.tool.peer + nonce)
        given.ServerEndpoints = self._endpoints(given.ServerEndpoints, url)
        return built(answer)

    # -- and activated -----------------------------------------------------------------------------

    def _activated(self, number: int, request: Any) -> bytes:
        token, given = request.RequestHeader.AuthenticationToken, request.Parameters
        nonce = self._nonces.get(token)
        if nonce is None:
            raise ChannelError("A session is activated that was not opened here.")
        self._verify(self.tool, self.tool.identity.der + nonce, given.ClientSignature)
        given.ClientSignature = self._sign(self.server, self.server.peer + nonce)
        given.ClientSoftwareCertificates = []
        if isinstance(given.UserIdentityToken, ua.UserNameIdentityToken):
            self._hand_on(number, given.UserIdentityToken)
        elif not isinstance(given.UserIdentityToken, ua.AnonymousIdentityToken):
            raise ChannelError("A person signs in by a key of their own, which can't be handed on.")
        self._wait(number, ACTIVATE, token)
        return built(request)

    def _hand_on(self, number: int, user: Any) -> None:
        """A password that is encrypted for the gate, encrypted for the asset; one that is not, veiled (7.41.4)."""
        if not user.EncryptionAlgorithm:
            self._veiled[number], user.Password = user.Password or b"", VEIL
            if len(self._veiled) > MOST:
                del self._veiled[next(iter(self._veiled))]
            return
        if user.EncryptionAlgorithm not in CIPHERS:
            raise ChannelError("A password is encrypted by an algorithm that the gate does not speak.")
        decrypt, encrypt = CIPHERS[user.EncryptionAlgorithm]
        key = load_der_x509_certificate(self.server.peer).public_key()
        try:
            user.Password = encrypt(key, decrypt(self.tool.identity.key, user.Password or b""))
        except ValueError as error:
            raise ChannelError("A password can't be opened by the gate's key, or is too long.") from error

    # -- both --------------------------------------------------------------------------------------

    def _endpoints(self, endpoints: Iterable[Any], url: str | None) -> list[Any]:
        """Those that the gate itself offers in the asset's place, under the address that the tool called."""
        found = []
        for one in endpoints:
            if one.SecurityMode != SEALED or one.SecurityPolicyUri not in ENCRYPTED:
                continue
            one.EndpointUrl = url
            one.ServerCertificate = self.tool.identity.der
            one.Server.ApplicationUri = application(self.tool.identity.der)
            one.Server.DiscoveryUrls = [url] if url else []
            one.UserIdentityTokens = [way for way in one.UserIdentityTokens if way.TokenType in PASSING]
            found.append(one)
        return found

    def _verify(self, side: Side, signed: bytes, signature: Any) -> None:
        try:
            side.policy().asymmetric_cryptography.verify(signed, signature.Signature or b"")
        except Exception as error:  # asyncua wraps some of cryptography's kinds and lets others through
            raise ChannelError("A session is not signed by the key of its channel.") from error

    @staticmethod
    def _sign(side: Side, data: bytes) -> Any:
        policy = side.policy()
        found = ua.SignatureData()
        found.Algorithm = policy.AsymmetricSignatureURI
        found.Signature = policy.asymmetric_cryptography.signature(data)
        return found

    def _wait(self, number: int, code: int, about: Any) -> None:
        self._waiting[number] = code, about
        if len(self._waiting) > MOST:
            del self._waiting[next(iter(self._waiting))]

    def _keep(self, session: Any, nonce: bytes | None) -> None:
        self._nonces[session] = nonce or b""
        if len(self._nonces) > MOST:
            del self._nonces[next(iter(self._nonces))]


def application(certificate: bytes) -> str:
    """The application's URI, which its certificate names."""
    names = load_der_x509_certificate(certificate).extensions.get_extension_for_class(SubjectAlternativeName)
    found = names.value.get_values_for_type(UniformResourceIdentifier)
    return found[0] if found else ""
