"""TLS to an asset: what it shows is compared before anything is sent, and each direction ends on its own."""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

import pytest

from broker.conduits.target import reach
from broker.conduits.tcp.tls import CertificateError, TlsError, TlsLeg, fingerprints, secured
from domain.plant import Endpoint, Protocol
from domain.web import CERTIFICATE, Web
from tests.authority import Authority, authority
from tests.broker.conduits.tcp.test_leg import Owner, until


@dataclass
class Panel:
    """A server of TLS that remembers what reached it."""

    port: int = 0
    got: bytearray = field(default_factory=bytearray)
    told: list[str] = field(default_factory=list)
    writer: asyncio.StreamWriter | None = None

    def at(self, web: Web) -> Endpoint:
        return Endpoint(Protocol.HTTP, ip_address("127.0.0.1"), self.port, web=web)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        try:
            while data := await reader.read(65536):
                self.got += data
            self.told.append("ended")
        except (ssl.SSLError, ConnectionError):
            self.told.append("broken")


@pytest.fixture
def own(tmp_path: Path) -> Authority:
    return authority(tmp_path / "own")


@asynccontextmanager
async def panel(own: Authority | None) -> AsyncIterator[Panel]:
    """With the certificate ``own``; without one it speaks no TLS."""
    found = Panel()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0, ssl=own.server() if own else None)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        if found.writer is not None:
            found.writer.transport.abort()


def der(own: Authority) -> bytes:
    return ssl.PEM_cert_to_DER_cert(own.certificate.read_text())


@asynccontextmanager
async def connected(to: Panel, web: Web) -> AsyncIterator[tuple[TlsLeg, Owner]]:
    owner, endpoint = Owner(), to.at(web)
    leg = TlsLeg(await secured(await reach(endpoint), endpoint), owner)
    leg.resume_reading()
    try:
        yield leg, owner
    finally:
        leg.abort()
        await until(lambda: "gone" in owner.told)


async def test_by_a_fingerprint_of_its_certificate_or_of_its_key_or_by_who_issued_it(own: Authority) -> None:
    """C17: each of the three ways is enough, and what is sent arrives."""
    by = [Web(certificates=("key sha256:" + "0" * 64, one)) for one in fingerprints(der(own))]
    async with panel(own) as hmi:
        for web in (*by, Web("localhost", authority=b64encode(der(own)).decode()), Web(authority=b64encode(der(own)).decode())):  # fmt: skip
            hmi.got.clear()
            async with connected(hmi, web) as (leg, owner):
                leg.write(b"hello")
                await until(lambda: hmi.got == b"hello")
                assert hmi.writer is not None
                hmi.writer.write(b"there")
                await until(lambda: owner.got == b"there")


async def test_another_certificate_ends_it_before_a_byte_is_sent_and_says_what_was_shown(
    own: Authority, tmp_path: Path
) -> None:
    other = authority(tmp_path / "other")
    async with panel(own) as hmi:
        for web, shown in (
            (Web(certificates=fingerprints(der(other))), ", ".join(fingerprints(der(own)))),
            (Web("localhost", authority=b64encode(der(other)).decode()), "certificate: "),
            (Web("elsewhere.example", authority=b64encode(der(own)).decode()), "certificate: Hostname mismatch"),
        ):  # fmt: skip
            sock = await reach(hmi.at(web))
            with pytest.raises(CertificateError) as caught:
                await secured(sock, hmi.at(web))
            assert caught.value.shown.startswith(shown)
            assert caught.value.fact.endswith(".")
            assert sock.fileno() == -1, "closed"
        assert not hmi.got


async def test_who_speaks_no_tls_or_an_old_one_is_told_apart_from_another_certificate(own: Authority) -> None:
    """C17: a downgrade is refused."""
    web = Web(certificates=fingerprints(der(own)))
    async with panel(None) as plain:
        sock = await reach(plain.at(web))
        task = asyncio.ensure_future(secured(sock, plain.at(web)))
        await until(lambda: plain.got)
        assert plain.writer is not None
        plain.writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        with pytest.raises(TlsError, match="do not agree on TLS"):
            await task
    old = own.server()
    with pytest.warns(DeprecationWarning):
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    server = await asyncio.start_server(Panel().serve, "127.0.0.1", 0, ssl=old)
    async with server:
        end = Panel(server.sockets[0].getsockname()[1]).at(web)
        with pytest.raises(TlsError):
            await secured(await reach(end), end)


async def test_much_arrives_whole_both_ways_and_a_slow_side_is_told(own: Authority) -> None:
    web, much = Web(certificates=fingerprints(der(own))), bytes(range(256)) * 8192
    async with panel(own) as hmi, connected(hmi, web) as (leg, owner):
        leg.write(much)
        await until(lambda: len(hmi.got) == len(much))
        assert hmi.got == much
        assert owner.told in ([], ["slow", "ready"])
        assert hmi.writer is not None
        leg.pause_reading()
        assert not leg.is_reading()
        hmi.writer.write(much)
        leg.resume_reading()
        await until(lambda: len(owner.got) == len(much))
        assert owner.got == much


async def test_an_end_in_order_is_told_and_one_that_is_cut_off_is_not_taken_for_one(own: Authority) -> None:
    """C15: somebody between could cut an answer short that has no length of its own."""
    web = Web(certificates=fingerprints(der(own)))
    async with panel(own) as hmi:
        async with connected(hmi, web) as (leg, owner):
            leg.write(b"x")
            await until(lambda: hmi.writer is not None and hmi.got)
            assert hmi.writer is not None
            hmi.writer.close()  # says so over TLS first
            await until(lambda: "ended" in owner.told)
            leg.close()
        async with connected(hmi, web) as (leg, owner):
            hmi.got.clear()
            leg.write(b"x")
            await until(lambda: hmi.got)
            hmi.writer.transport.abort()
            await until(lambda: "gone" in owner.told)
            assert "ended" not in owner.told
            assert leg.is_closing()
            leg.write(b"late")


async def test_the_gate_says_when_it_sends_no_more(own: Authority) -> None:
    web = Web(certificates=fingerprints(der(own)))
    async with panel(own) as hmi, connected(hmi, web) as (leg, _):
        leg.write(b"all")
        leg.write_eof()
        leg.write(b"late")
        await until(lambda: hmi.told == ["ended"])
        assert hmi.got == b"all"


def test_of_what_is_no_certificate_there_is_a_fingerprint_all_the_same() -> None:
    (only,) = fingerprints(b"\x30nothing")
    assert only.startswith(CERTIFICATE)
