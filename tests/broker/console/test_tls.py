"""The console's TLS, shaken hands with by every suite that OpenSSL has, weak ones too, and by every version."""

import ssl

import pytest

from broker.console.tls import server_context
from tests.authority import authority

LISTED = {
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_GCM_SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-CHACHA20-POLY1305",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    pair = authority(tmp_path_factory.mktemp("tls"))
    return server_context(pair.certificate, pair.key)


def client(suites: str, version: ssl.TLSVersion) -> ssl.SSLContext:
    """One that takes anything, at this version and no other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers(f"{suites}:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    return context


def agreed(server: ssl.SSLContext, asking: ssl.SSLContext) -> str:
    """The suite that both agree on, with its version; empty where they don't."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours, theirs = server.wrap_bio(up, down, server_side=True), asking.wrap_bio(down, up)
    for _ in range(4):
        for side in (theirs, ours):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError:
                return ""
    name, version, _bits = theirs.cipher() or ("", "", 0)
    return f"{theirs.version()} {name}" if version else ""


def test_only_listed_suites_are_agreed_on_and_no_older_version(server: ssl.SSLContext) -> None:
    """C17: a scan: each suite by itself, and each version; what is not listed finds nothing to agree on."""
    offered = [one["name"] for one in client("ALL:COMPLEMENTOFALL", ssl.TLSVersion.TLSv1_2).get_ciphers()]
    older = [one for one in offered if not one.startswith("TLS_")]
    assert len(older) > 60, "weak ones are offered, or nothing is shown"
    found = {one: agreed(server, client(one, ssl.TLSVersion.TLSv1_2)) for one in older}
    taken = {one for one, said in found.items() if said}
    assert taken
    assert taken <= LISTED
    assert {found[one] for one in taken} == {f"TLSv1.2 {one}" for one in taken}
    assert agreed(server, client("ALL", ssl.TLSVersion.TLSv1_3)) == "TLSv1.3 TLS_AES_256_GCM_SHA384"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_a_downgrade_is_refused(server: ssl.SSLContext) -> None:
    """C17: neither TLS 1.0 nor 1.1, by any suite; and who offers more than one is given the newest."""
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        assert agreed(server, client("ALL", version)) == ""
    both = client("ALL", ssl.TLSVersion.TLSv1_2)
    both.maximum_version = ssl.TLSVersion.TLSv1_3
    assert agreed(server, both).startswith("TLSv1.3 ")
    assert server.options & ssl.OP_NO_RENEGOTIATION
