"""Passwords, as argon2id digests (RFC 9106). A digest is made and checked off the event loop."""

import asyncio
import secrets
from base64 import b64encode

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12  # characters; NIST SP 800-63B-4 section 3.1.1.2 asks for 15 without a second factor, 8 with one
LONGEST = 256

_HASHER = PasswordHasher()  # RFC 9106 section 4, second recommended option: 64 MiB, 3 passes, 4 lanes
_AT_ONCE = 2  # each costs 64 MiB: a flood of sign-ins must not take the machine's memory


def _nobody(hasher: PasswordHasher) -> str:
    """A digest that costs as much to check as any, and that no password is known to make: it is drawn."""
    salt, tag = (
        b64encode(secrets.token_bytes(size)).rstrip(b"=").decode()
        for size in (hasher.salt_len, hasher.hash_len)
    )
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${costs}${salt}${tag}"


def check_length(password: str) -> None:
    """ValueError when it is too short or too long to be one."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ValueError(f"a password has {SHORTEST} to {LONGEST} characters")


class Passwords:
    """Makes and checks digests, a few at a time."""

    def __init__(self, hasher: PasswordHasher = _HASHER) -> None:
        self._hasher = hasher
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._nobody = _nobody(hasher)

    async def digest(self, password: str) -> str:
        """The argon2id digest of ``password``, its salt and costs inside; ValueError when it is too short."""
        check_length(password)
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, digest: str | None, password: str) -> bool:
        """Whether ``password`` made ``digest``. No digest takes as long as a wrong password."""
        if len(password) > LONGEST:
            return False
        async with self._turns:
            same = await asyncio.to_thread(self._verify, digest or self._nobody, password)
        return same and digest is not None

    def _verify(self, digest: str, password: str) -> bool:
        try:
            return self._hasher.verify(digest, password)
        except (VerificationError, InvalidHashError):
            return False
