"""The chain that ties every frame to all before it. It verifies without any key."""

import hashlib


def genesis(preamble: bytes, header: bytes) -> bytes:
    """The head before the first frame: 32 bytes."""
    return hashlib.sha256(preamble + header).digest()


def link(before: bytes, head: bytes, body: bytes) -> bytes:
    """The head after a frame whose 32 header bytes and stored body these are: 32 bytes."""
    digest = hashlib.sha256(before + head)
    digest.update(body)
    return digest.digest()
