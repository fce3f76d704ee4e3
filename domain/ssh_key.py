"""What the line of an OpenSSH public key says about where its private half is."""

from typing import Final

SECURITY_KEYS: Final = frozenset({"sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"})
"""The kinds of key that a security key (FIDO) holds: OpenSSH's PROTOCOL.u2f."""


def in_hardware(line: str) -> bool:
    """Whether this is the public half of a key in a security key, which signs by being touched and can't be copied."""
    return line.split(maxsplit=1)[0] in SECURITY_KEYS
