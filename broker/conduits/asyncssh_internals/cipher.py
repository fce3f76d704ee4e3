# ruff: noqa: SLF001, ARG002 - this package exists to use what is private in asyncssh, with its signatures
"""AES-GCM for the packets of one direction (RFC 5647 section 7, as aes256-gcm@openssh.com has it).

asyncssh makes a cipher object for each packet; here one serves until the keys change. It has
asyncssh's interface, and beside it two ways without copies for the payload relay.
"""

import os

from asyncssh.encryption import Encryption, GCMEncryption
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

LENGTH_BYTES = 4
TAG_BYTES = 16
BLOCK_BYTES = 16
LEAST_PADDING = 4  # RFC 4253 section 6
_POOL_BYTES = 4096


class Gcm(GCMEncryption):
    """One direction's key and its invocation counter, which steps once for each packet."""

    def __init__(self, key: bytes, iv: bytes) -> None:
        self._aes = AESGCM(key)
        self._fixed = iv[:4]
        self._count = int.from_bytes(iv[4:], "big")
        self._nonce = iv

    def step(self) -> None:
        """The packet at hand is done with: never encrypt or accept another under its nonce."""
        self._count = (self._count + 1) & 0xFFFFFFFFFFFFFFFF
        self._nonce = self._fixed + self._count.to_bytes(8, "big")

    def peek(self, packet: memoryview, out: memoryview) -> bool:
        """Write what is in a whole packet to ``out``, exactly as long as that; False if tampered with. Does not step."""
        try:
            self._aes.decrypt_into(self._nonce, packet[LENGTH_BYTES:], packet[:LENGTH_BYTES], out)
        except InvalidTag:
            return False
        return True

    def seal(self, plain: bytes, out: memoryview) -> int:
        """Write the packet that holds ``plain`` to the beginning of ``out``; how long it is. Steps."""
        end = LENGTH_BYTES + len(plain) + TAG_BYTES
        out[:LENGTH_BYTES] = len(plain).to_bytes(LENGTH_BYTES, "big")
        self._aes.encrypt_into(self._nonce, plain, out[:LENGTH_BYTES], out[LENGTH_BYTES:end])
        self.step()
        return end

    def seal_each(self, front: bytes, data: memoryview, size: int, pad: int, out: memoryview) -> int:
        """Write a packet for every ``size`` bytes of ``data``, of which there is a whole number; how long they are.

        In each, ``front`` stands before the data and ``pad`` random bytes behind it. Steps once for each.
        """
        length = len(front) + size + pad
        head = length.to_bytes(LENGTH_BYTES, "big")
        span = LENGTH_BYTES + length + TAG_BYTES
        encrypt, end = self._aes.encrypt_into, 0
        for start in range(0, len(data), size):
            at, end = end, end + span
            out[at : at + LENGTH_BYTES] = head
            plain = b"".join((front, data[start : start + size], padding(pad)))
            encrypt(self._nonce, plain, head, out[at + LENGTH_BYTES : end])
            self.step()
        return end

    def encrypt_packet(self, seq: int, header: bytes, packet: bytes) -> tuple[bytes, bytes]:
        sealed = self._aes.encrypt(self._nonce, packet, header)
        self.step()
        return header + sealed, b""

    def decrypt_packet(
        self, seq: int, first: bytes, rest: bytes, header_len: int, mac: bytes
    ) -> bytes | None:
        try:
            return self._aes.decrypt(self._nonce, first[header_len:] + rest + mac, first[:header_len])
        except InvalidTag:
            return None
        finally:
            self.step()


def reused(cipher: Encryption | None) -> Encryption | None:
    """``cipher`` going on from where it is, with one object for all packets; itself when it is not AES-GCM."""
    if type(cipher) is not GCMEncryption:
        return cipher
    return Gcm(cipher._cipher._key, cipher._cipher._iv)


class _Pool:
    """Random bytes for paddings, fetched many at a time: a system call for each packet is dear."""

    def __init__(self) -> None:
        self._bytes = b""
        self._at = 0

    def take(self, count: int) -> bytes:
        if self._at + count > len(self._bytes):
            self._bytes, self._at = os.urandom(_POOL_BYTES), 0
        self._at += count
        return self._bytes[self._at - count : self._at]


padding = _Pool().take
"""So many random bytes (RFC 4253 section 6), never the same ones twice."""
