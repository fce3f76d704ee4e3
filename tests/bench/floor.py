"""What the same bytes cost without a gate around them: received, opened, encrypted, hashed, written, sealed and sent.

A program of one loop that decides nothing, with the gate's own libraries, sizes and disk. The gate can't use less
processor time than this on the machine that it runs on, so its figures are to be read beside it.
"""

import hashlib
import os
import secrets
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from broker.conduits.asyncssh_internals.bounds import PACKET_BYTES
from broker.conduits.asyncssh_internals.cipher import TAG_BYTES
from broker.conduits.company import ALONE_BYTES

SEALED_BYTES = PACKET_BYTES + TAG_BYTES
STARTS = range(0, ALONE_BYTES, PACKET_BYTES)


def floor_s_per_gb(folder: Path, ports: Mapping[str, int], size: int, *, opened: bool, sealed: bool) -> float:
    """Seconds of processor time for each GB of noise from one TCP machine to the other.

    ``opened``: it comes in packets of SSH; ``sealed``: it goes in such. ``folder`` is where recordings would be.
    """
    path = folder / "floor"
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with (
            socket.create_connection(("127.0.0.1", ports["source"])) as near,
            socket.create_connection(("127.0.0.1", ports["sink"])) as far,
        ):
            begun_s = time.thread_time()
            for _ in range(size // ALONE_BYTES):
                _moved(near, far, fd, opened=opened, sealed=sealed)
            os.fdatasync(fd)
            used_s = time.thread_time() - begun_s
    finally:
        os.close(fd)
        path.unlink()
    return used_s / (size // ALONE_BYTES * ALONE_BYTES / 1e9)


_aes = AESGCM(secrets.token_bytes(32))
_nonce = secrets.token_bytes(12)  # the same for all: nothing secret goes by here
_running = hashlib.sha256()
_inbox = memoryview(bytearray(ALONE_BYTES))
_plain = memoryview(bytearray(PACKET_BYTES))
_frame = memoryview(bytearray(ALONE_BYTES + TAG_BYTES))
_outbox = memoryview(bytearray(len(STARTS) * SEALED_BYTES))
_packet = _aes.encrypt(_nonce, bytes(PACKET_BYTES), None)


def _moved(near: socket.socket, far: socket.socket, fd: int, *, opened: bool, sealed: bool) -> None:
    near.recv_into(_inbox, ALONE_BYTES, socket.MSG_WAITALL)
    if opened:
        for _ in STARTS:
            _aes.decrypt_into(_nonce, _packet, None, _plain)
    _aes.encrypt_into(_nonce, _inbox, None, _frame)
    _running.update(_frame)
    os.write(fd, _frame)
    if not sealed:
        far.sendall(_inbox)
        return
    for number, start in enumerate(STARTS):
        room = _outbox[number * SEALED_BYTES : (number + 1) * SEALED_BYTES]
        _aes.encrypt_into(_nonce, _inbox[start : start + PACKET_BYTES], None, room)
    far.sendall(_outbox)
