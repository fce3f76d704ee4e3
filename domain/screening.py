"""What the charter asks of a file that is brought over a conduit before it may pass."""

from dataclasses import dataclass
from enum import StrEnum

LARGEST_MIB = 1_000_000


class FileKind(StrEnum):
    """What a file is by its first bytes, whatever its name says."""

    ZIP = "zip"
    TAR = "tar"
    GZIP = "gzip"
    XZ = "xz"
    BZIP2 = "bzip2"
    ZSTD = "zstd"
    SEVEN_ZIP = "7z"
    RAR = "rar"
    CABINET = "cabinet"
    DISK_IMAGE = "disk-image"
    """An ISO 9660 image or a SquashFS."""
    ELF = "elf"
    WINDOWS_PROGRAM = "windows-program"
    INSTALLER = "installer"
    """A Windows installer or an old Office document: both are OLE compound files."""
    SCRIPT = "script"
    """It names its interpreter: ``#!``."""
    PDF = "pdf"
    PICTURE = "picture"
    XML = "xml"
    INTEL_HEX = "intel-hex"
    S_RECORD = "s-record"
    TEXT = "text"
    EMPTY = "empty"
    UNKNOWN = "unknown"
    """None of these; most firmware is."""


@dataclass(frozen=True, slots=True)
class FileRules:
    """``[conduit.screening]``. Left out, every file waits for a holder, whatever it is."""

    at_once: bool = False
    """Whether a file in which nothing was found passes without anybody's word."""
    largest_bytes: int = 0
    """0: as large as the node takes."""
    endings: frozenset[str] = frozenset()
    """What names may end in, in lower case and with the dot; empty is any."""
    kinds: frozenset[FileKind] = frozenset()
    """Empty is any."""
    expected: frozenset[str] = frozenset()
    """SHA-256 in hex of files that the plant expects. Where there are some, another never passes at once."""
    signed_by: frozenset[str] = frozenset()
    """Public keys in OpenSSH's form. Where there are some, what none of them signed never passes at once."""
