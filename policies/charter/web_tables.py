"""What an HTTP or an RDP endpoint has beside its address, in a charter: tables to domain values."""

import binascii
import re
from base64 import b64decode

from domain.plant import Protocol
from domain.web import CERTIFICATE, KEY, Web
from policies.charter.table import Table

_FINGERPRINT = re.compile(rf"(?:{CERTIFICATE}|{KEY})[0-9a-f]{{64}}")
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
_HOW = "openssl x509 -noout -fingerprint -sha256 shows it at the device; take out the colons."


def read_web(table: Table, protocol: Protocol) -> Web | None:
    """``[asset.endpoint.web]``, or ``[asset.endpoint.tls]`` of an RDP endpoint; None when it is left out."""
    web, tls = table.table("web", "web"), table.table("tls", "tls")
    if web is not None and protocol is not Protocol.HTTP:
        table.fault("web", f"an endpoint of {protocol} has no pages.", "Remove 'web'; http has it.")
    if tls is not None and protocol is not Protocol.RDP:
        table.fault("tls", f"an endpoint of {protocol} has no 'tls'.", "Remove 'tls'; rdp has it.")
    inner = web if web is not None else tls
    return None if inner is None else _web(table, inner)


def _web(table: Table, inner: Table) -> Web:
    web = Web(_host(inner), _certificates(inner), _authority(inner))
    if web.certificates and web.authority:
        inner.fault(
            "authority", "it is known by fingerprints and by who issues its certificate.", "Keep one of them."
        )
    if not inner.done():
        table.sound = False
    return web


def _host(table: Table) -> str:
    host = table.text("host", optional=True).lower()
    if host and not _HOST.fullmatch(host):
        table.fault(
            "host", "'host' is no host name.", "Write it as the device has it: panel-3.plant.example."
        )
    return host


def _certificates(table: Table) -> tuple[str, ...]:
    written = table.texts("certificates", optional=True)
    found = tuple(" ".join(one.split()).lower() for one in written)
    for one, text in zip(found, written, strict=True):
        if not _FINGERPRINT.fullmatch(one):
            table.fault(
                "certificates", "this is no fingerprint.", f'Write "{CERTIFICATE}…" or "{KEY}…". {_HOW}', text
            )
    return found


def _authority(table: Table) -> str:
    if not table.has("authority"):
        return ""
    (text, *more) = table.texts("authority") or ("",)
    try:
        sound = b64decode(text, validate=True)[:1] == b"\x30"  # a SEQUENCE, as every certificate begins
    except (ValueError, binascii.Error):
        sound = False
    if more or not sound:
        table.fault(
            "authority",
            "'authority' is not one certificate in base64.",
            'Write authority = ["…"]; openssl x509 -in ca.crt -outform DER | base64 -w0 makes it.',
        )
    return text
