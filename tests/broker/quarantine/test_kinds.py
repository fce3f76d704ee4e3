import bz2
import gzip
import lzma

import zstandard

from broker.quarantine.kinds import HEAD_BYTES, kind_of
from domain.screening import FileKind
from tests.for_each import for_each


@for_each(
    "head, kind",
    [
        (b"", FileKind.EMPTY),
        (gzip.compress(b"x"), FileKind.GZIP),
        (bz2.compress(b"x"), FileKind.BZIP2),
        (lzma.compress(b"x"), FileKind.XZ),
        (zstandard.compress(b"x"), FileKind.ZSTD),
        (b"PK\x03\x04rest", FileKind.ZIP),
        (bytes(257) + b"ustar\x0000", FileKind.TAR),
        (b"7z\xbc\xaf\x27\x1c", FileKind.SEVEN_ZIP),
        (b"Rar!\x1a\x07\x01\x00", FileKind.RAR),
        (b"MSCF", FileKind.CABINET),
        (bytes(32_769) + b"CD001", FileKind.DISK_IMAGE),
        (b"\x7fELF\x02", FileKind.ELF),
        (b"MZ\x90\x00", FileKind.WINDOWS_PROGRAM),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileKind.INSTALLER),
        (b"#!/bin/sh\n", FileKind.SCRIPT),
        (b"%PDF-1.7", FileKind.PDF),
        (b"GIF89a", FileKind.PICTURE),
        (b"<?xml version", FileKind.XML),
        (b":10000000\r\n:00000001FF\r\n", FileKind.INTEL_HEX),
        (b": not hex", FileKind.TEXT),
        (b"S0030000FC\n", FileKind.S_RECORD),
        ("Grüße\n".encode(), FileKind.TEXT),
        (b"\x00\x01\x02", FileKind.UNKNOWN),
        (b"\xff\xfe\xfd", FileKind.UNKNOWN),
        (b"a" * (HEAD_BYTES - 1) + "ü".encode()[:1], FileKind.TEXT),
    ],
    ids=lambda one: str(one)[:20],
)
def test_a_file_is_what_it_begins_as_and_not_what_it_is_called(head: bytes, kind: FileKind) -> None:
    assert kind_of(head) is kind
