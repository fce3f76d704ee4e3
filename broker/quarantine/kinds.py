"""What a file is, by its first bytes: a short table, because every parser of strange bytes is one more door. Pure.

What is not in it is ``unknown``, and a charter that names kinds lets no unknown pass.
"""

from domain.screening import FileKind

HEAD_BYTES = 36_864
"""What ``kind_of`` looks at: an ISO 9660 image names itself 32 KiB behind its beginning (ECMA-119 section 8.1)."""

_BEGIN: tuple[tuple[bytes, FileKind], ...] = (
    (b"PK\x03\x04", FileKind.ZIP),  # APPNOTE 6.3.10 section 4.3.7
    (b"PK\x05\x06", FileKind.ZIP),
    (b"PK\x07\x08", FileKind.ZIP),
    (b"\x1f\x8b", FileKind.GZIP),  # RFC 1952 section 2.3.1
    (b"\xfd7zXZ\x00", FileKind.XZ),
    (b"BZh", FileKind.BZIP2),
    (b"\x28\xb5\x2f\xfd", FileKind.ZSTD),  # RFC 8878 section 3.1.1
    (b"7z\xbc\xaf\x27\x1c", FileKind.SEVEN_ZIP),
    (b"Rar!\x1a\x07", FileKind.RAR),
    (b"MSCF", FileKind.CABINET),
    (b"hsqs", FileKind.DISK_IMAGE),
    (b"\x7fELF", FileKind.ELF),
    (b"MZ", FileKind.WINDOWS_PROGRAM),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileKind.INSTALLER),
    (b"#!", FileKind.SCRIPT),
    (b"%PDF-", FileKind.PDF),
    (b"\x89PNG\r\n\x1a\n", FileKind.PICTURE),
    (b"\xff\xd8\xff", FileKind.PICTURE),
    (b"GIF8", FileKind.PICTURE),
    (b"<?xml", FileKind.XML),
    (b"\xef\xbb\xbf<?xml", FileKind.XML),
)
_INSIDE: tuple[tuple[int, bytes, FileKind], ...] = (
    (257, b"ustar", FileKind.TAR),  # POSIX.1-2001 pax
    (32_769, b"CD001", FileKind.DISK_IMAGE),
)
_LINES = (
    (b":", b"0123456789ABCDEFabcdef\r\n:", FileKind.INTEL_HEX),
    (b"S0", b"0123456789ABCDEFabcdef\r\nS", FileKind.S_RECORD),
)
_CONTROLS = frozenset(range(32)) - {9, 10, 12, 13}

OPENED = frozenset({FileKind.ZIP, FileKind.TAR, FileKind.GZIP, FileKind.XZ, FileKind.BZIP2, FileKind.ZSTD})
"""Archives that are looked into."""
SHUT = frozenset({FileKind.SEVEN_ZIP, FileKind.RAR, FileKind.CABINET, FileKind.DISK_IMAGE})
"""Archives that are not: what is in them nobody has seen."""


def kind_of(head: bytes) -> FileKind:
    """The kind of a file that begins with ``head``: its first ``HEAD_BYTES`` bytes, or all where it has fewer."""
    if not head:
        return FileKind.EMPTY
    for at, mark, kind in _INSIDE:
        if head[at : at + len(mark)] == mark:
            return kind
    for mark, kind in _BEGIN:
        if head.startswith(mark):
            return kind
    for mark, letters, kind in _LINES:
        if head.startswith(mark) and not set(head) - set(letters):
            return kind
    return FileKind.TEXT if _text(head) else FileKind.UNKNOWN


def _text(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(head) < HEAD_BYTES or error.start < len(head) - 3:  # a letter that the cut went through
            return False
    return _CONTROLS.isdisjoint(head)
