"""The console's own TLS: which versions and suites it speaks. What is left out is not there to be agreed on."""

import ssl
from pathlib import Path

SUITES = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2: a fresh key for each connection, and authenticated encryption. Those of TLS 1.3 are all such (RFC 8446, appendix B.4)."""


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """What the console answers with. OSError when the pair can't be read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(SUITES)
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE | ssl.OP_NO_COMPRESSION
    context.load_cert_chain(certificate, key)
    return context
