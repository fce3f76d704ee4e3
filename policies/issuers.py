"""What may name an identity provider, and somebody in it (OpenID Connect Core section 2). Pure."""

from urllib.parse import urlsplit

LONGEST_SUBJECT = 255  # OpenID Connect Core section 2: at most 255 ASCII characters, case-sensitive

HERE = ("localhost", "127.0.0.1", "::1")
"""This machine itself, to which a connection needs no TLS."""


def is_issuer(text: str) -> bool:
    """Whether ``text`` is the address of a provider: ``https://…``, or ``http://`` to this machine itself.

    Without a query or a fragment (OpenID Connect Discovery section 3), and without a name to sign in with.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in HERE)
    plain = text.isascii() and text.isprintable() and not set(text) & set(" ?#@\\")
    return bool(host) and safe and plain and port != 0


def is_subject(text: str) -> bool:
    """Whether ``text`` can be somebody's ``sub``."""
    return 0 < len(text) <= LONGEST_SUBJECT and text.isascii() and text.isprintable()
