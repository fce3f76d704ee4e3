"""Whether asyncssh is, byte for byte, what the payload relay was written against.

The relay stands in for some of asyncssh's own functions and shares their state. A version number does not
say that a distribution or an operator has not patched them; the bytes of the files do.
"""

import hashlib
from functools import cache
from pathlib import Path

import asyncssh

READ = {
    "channel.py": "d918ecd3d2b9eeeb4a4e921f36da2d1ad40b54a3e957f2809c29bdf5a8bb4f26",
    "connection.py": "8fd28630b87c21d6c5cd678442a95cac4669bd4569388c5e123e61b3f7a7b005",
    "crypto/cipher.py": "f9ecb119995986b33940f62ec11736ec823ea90fecc6bc97eb4fc30b843c8b5d",
    "encryption.py": "51d6e8c7d43ed57225a44434c9500609d8328ea34c856ce05489d274ab8b0cbb",
}
"""The files that were read, and their SHA-256 in asyncssh 2.24.1."""


def matches(folder: Path) -> bool:
    """Whether the asyncssh in ``folder`` is the one that was read; False as well when it can't be seen."""
    try:
        return all(
            hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
            for name, digest in READ.items()
        )
    except OSError:
        return False


@cache
def fits() -> bool:
    """Whether the payload relay may be used in this process; otherwise all goes through asyncssh's own sessions."""
    return matches(Path(asyncssh.__file__).parent)
