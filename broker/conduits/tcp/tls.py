"""The gate's own TLS to an asset: the certificate is compared before anything is sent, and then it is a leg like any other.

What counts is what the charter says: a fingerprint of the certificate or of its key, or who issued it. By a fingerprint
nothing else of a certificate matters, neither its dates nor its names: a panel makes its own once, for ever.
"""

import asyncio
import socket
import ssl
from base64 import b64decode
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from broker.conduits.tcp.leg import Leg, Side
from domain.errors import PeerError
from domain.plant import Endpoint
from domain.web import CERTIFICATE, KEY, Web

HANDSHAKE_S = 20.0
READ_BYTES = 64 * 1024
SUITES = "HIGH:!aNULL:!eNULL:!PSK:!SRP:!3DES:!RC4:!MD5:@SECLEVEL=1"
"""TLS 1.2 and 1.3 only. Level 1: panels sign their own certificates with what they have; by a fingerprint nobody relies on it."""


class CertificateError(PeerError):
    """The asset showed a certificate that is not the one that the charter names. Nothing was sent to it."""

    code = "certificate_mismatch"

    def __init__(self, fact: str, *, remedy: str = "", shown: str = "") -> None:
        super().__init__(fact, remedy=remedy)
        self.shown = shown


class TlsError(PeerError):
    """The asset does not speak TLS, or none that the gate speaks."""


@dataclass(slots=True)
class Secured:
    """A connected socket, and the TLS over it once the certificate was compared."""

    sock: socket.socket
    tls: ssl.SSLObject
    came: ssl.MemoryBIO
    goes: ssl.MemoryBIO


async def secured(sock: socket.socket, endpoint: Endpoint) -> Secured:
    """TLS to ``endpoint`` over ``sock``, which is closed where there is none to be had: CertificateError, TlsError."""
    web = endpoint.web or Web()
    came, goes = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        name = web.host or (str(endpoint.address) if web.authority else None)
        tls = _context(web).wrap_bio(came, goes, server_hostname=name)
        async with asyncio.timeout(HANDSHAKE_S):
            await _shake_hands(Secured(sock, tls, came, goes))
        _compare(web, tls.getpeercert(binary_form=True) or b"")
    except ssl.SSLCertVerificationError as error:
        sock.close()
        raise CertificateError(
            f"The asset's certificate is not from the authority that the charter names: {error.verify_message}.",
            remedy="Tell the plant; it may be another machine. Nothing was sent to it.",
            shown=f"certificate: {error.verify_message}",
        ) from error
    except (OSError, TimeoutError, EOFError) as error:  # an SSLError is an OSError
        sock.close()
        why = getattr(error, "reason", "") or str(error) or "it did not answer in time"
        raise TlsError(
            f"The asset and the gate do not agree on TLS: {why}.",
            remedy="Ask the plant what its panel speaks.",
        ) from error
    except BaseException:
        sock.close()
        raise
    return Secured(sock, tls, came, goes)


class TlsLeg:
    """One connection, as ``Leg`` is, with TLS in it. Reads nothing until told to."""

    def __init__(self, secured_: Secured, side: Side) -> None:
        self._tls, self._came, self._goes = secured_.tls, secured_.came, secured_.goes
        self._side, self.party = side, side.party
        self._ended = self._eof = False
        self._leg = Leg(secured_.sock, self)

    def resume_reading(self) -> None:
        """Read, and go on reading."""
        self._leg.resume_reading()
        if self._came.pending:
            asyncio.get_running_loop().call_soon(self._read)  # it came with the end of the handshake

    def pause_reading(self) -> None:
        """Leave what arrives to the system, which makes the asset wait."""
        self._leg.pause_reading()

    def is_reading(self) -> bool:
        """Whether bytes may arrive."""
        return self._leg.is_reading()

    def is_closing(self) -> bool:
        """Whether nothing can be written any more."""
        return self._leg.is_closing()

    def write(self, data: bytes | memoryview) -> None:
        """Send ``data``, now as far as possible, the rest as soon as the asset reads."""
        if self._eof or self._leg.is_closing():
            return
        try:
            while data:
                data = data[self._tls.write(data) :]
        except ssl.SSLError:
            self.abort()
            return
        self._flush()

    def write_eof(self) -> None:
        """Say that nothing more follows, once all is sent."""
        if not self._eof and not self._leg.is_closing():
            self._say_over()
            self._leg.write_eof()

    def close(self) -> None:
        """Close once all is sent."""
        if not self._leg.is_closing():
            self._say_over()
            self._leg.close()

    def abort(self) -> None:
        """Close now; what was not sent is dropped."""
        self._leg.abort()

    # -- from the connection below -----------------------------------------------------------------

    def asset_sent(self, data: memoryview) -> None:
        """Records of TLS arrived."""
        self._came.write(data)
        self._read()

    def asset_ended(self) -> None:
        """The connection below ended: in order only where TLS did so before."""
        if not self._ended:
            self.abort()  # somebody between could have cut off an answer that has no length

    def asset_slow(self) -> None:
        """The asset does not read."""
        self._side.asset_slow()

    def asset_ready(self) -> None:
        """The asset reads again."""
        self._side.asset_ready()

    def asset_gone(self) -> None:
        """The connection is closed."""
        self._side.asset_gone()

    def _read(self) -> None:
        while not self._ended and not self._leg.is_closing():
            try:
                plain = self._tls.read(READ_BYTES)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLZeroReturnError:
                plain = b""
            except ssl.SSLError:
                self.abort()
                return
            if plain:
                self._side.asset_sent(memoryview(plain))
            else:
                self._ended = True
                self._side.asset_ended()
        self._flush()

    def _say_over(self) -> None:
        if not self._eof:
            self._eof = True
            with suppress(ssl.SSLError):  # it wants to read the asset's own end, which may come or not
                self._tls.unwrap()
            self._flush()

    def _flush(self) -> None:
        if data := self._goes.read():
            self._leg.write(data)


def _context(web: Web) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(SUITES)
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    if web.authority:
        context.load_verify_locations(cadata=b64decode(web.authority))
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # compared by its fingerprint, below
    return context


async def _shake_hands(to: Secured) -> None:
    loop = asyncio.get_running_loop()
    while True:
        over = False
        try:
            to.tls.do_handshake()
            over = True
        except ssl.SSLWantReadError:
            pass
        finally:
            if said := to.goes.read():  # an alert too, where it failed
                await loop.sock_sendall(to.sock, said)
        if over:
            return
        data = await loop.sock_recv(to.sock, READ_BYTES)
        if not data:
            raise EOFError("it ended the connection")
        to.came.write(data)


def _compare(web: Web, der: bytes) -> None:
    if web.authority:
        return
    shown = fingerprints(der)
    if not any(compare_digest(one, known) for one in shown for known in web.certificates):
        raise CertificateError(
            "The asset shows a certificate that is not the one that the charter names.",
            remedy="Tell the plant; it may be another machine. Nothing was sent to it.",
            shown=", ".join(shown),
        )


def fingerprints(der: bytes) -> tuple[str, ...]:
    """What a certificate may be known by: as a whole, and by its key where that can be read."""
    whole = CERTIFICATE + sha256(der).hexdigest()
    try:
        key = x509.load_der_x509_certificate(der).public_key()
        spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm):
        return (whole,)
    return whole, KEY + sha256(spki).hexdigest()
