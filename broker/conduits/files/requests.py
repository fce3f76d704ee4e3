"""What SFTP's requests do and what answers them, by their type. Pure."""

from collections.abc import Iterator

from broker.conduits.files import packets as sftp
from broker.conduits.files.outputs import FileOutput, Say
from broker.conduits.files.uploads import MINE
from domain.output import Answer

ASK_WIDER = "What to do: ask for a permit with the direction that it takes."

LISTS = frozenset({sftp.OPENDIR, sftp.READDIR, sftp.READLINK})
CHANGES = frozenset(
    {
        sftp.SETSTAT,
        sftp.FSETSTAT,
        sftp.REMOVE,
        sftp.MKDIR,
        sftp.RMDIR,
        sftp.RENAME,
        sftp.SYMLINK,
    }
)
CHANGING = frozenset(
    {
        b"posix-rename@openssh.com",
        b"hardlink@openssh.com",
        b"fsync@openssh.com",
        b"lsetstat@openssh.com",
        b"copy-data",
    }
)
BY_HANDLE = frozenset({sftp.CLOSE, sftp.READ, sftp.FSTAT, sftp.FSETSTAT, sftp.READDIR})
STATS = frozenset({sftp.STAT, sftp.LSTAT, sftp.FSTAT})
ANSWERS = {
    sftp.OPEN: sftp.HANDLE,
    sftp.OPENDIR: sftp.HANDLE,
    sftp.READ: sftp.DATA,
    sftp.READDIR: sftp.NAME,
    sftp.REALPATH: sftp.NAME,
    sftp.READLINK: sftp.NAME,
    sftp.STAT: sftp.ATTRS,
    sftp.LSTAT: sftp.ATTRS,
    sftp.FSTAT: sftp.ATTRS,
}
"""What answers each request when all is well; STATUS may answer any."""

NAMING = frozenset({b"expand-path@openssh.com", b"home-directory"})
REPLIED = frozenset(
    {
        b"limits@openssh.com",
        b"statvfs@openssh.com",
        b"fstatvfs@openssh.com",
        b"users-groups-by-id@openssh.com",
    }
)

NAMELESS = frozenset(
    {b"fsync@openssh.com", b"fstatvfs@openssh.com", b"copy-data", b"users-groups-by-id@openssh.com"}
)
"""Extensions that hold handles and numbers, and no names of files."""

HANDLED = frozenset({b"fsync@openssh.com", b"fstatvfs@openssh.com", b"copy-data"})
"""Those of them that hold handles."""


def sound(packet: bytes, wanted: int) -> bool:
    """Whether an answer is of the type that is ``wanted``, or a STATUS, and holds what such a one holds."""
    kind = packet[0]
    if kind == sftp.STATUS:
        return len(packet) >= 9
    if kind != wanted:
        return False
    match kind:
        case sftp.HANDLE:
            found = sftp.fields("s", packet, 5)
            return found is not None and not bytes(found[0]).startswith(MINE) and len(bytes(found[0])) <= 256
        case sftp.NAME:
            return sftp.names_hold(packet)
        case sftp.ATTRS:
            return sftp.fields("a", packet, 5) is not None
        case _:
            return True


def nul_in(form: str, found: list[bytes | int]) -> bool:
    """Whether one of the names in a request holds a NUL, at which the asset would take it to end."""
    return any(b"\x00" in one for one in found[: form.count("s")] if isinstance(one, bytes))


def put_refused(number: int) -> Iterator[FileOutput]:
    """A change, under a permit that lets files be fetched."""
    sentence = "The permit lets files be fetched, and nothing be put or changed."
    data = sftp.status(number, sftp.PERMISSION_DENIED, f"{sentence} {ASK_WIDER}")
    yield Answer("sftp_put_refused", "The permit lets files be fetched, and nothing be put or changed.", data)
    yield Say(f"penstock: refused [sftp_put_refused]: {sentence} {ASK_WIDER}")


def get_refused(number: int) -> Iterator[FileOutput]:
    """A reading, under a permit that lets files be put."""
    sentence = "The permit lets files be put, and nothing be read or listed."
    data = sftp.status(number, sftp.PERMISSION_DENIED, f"{sentence} {ASK_WIDER}")
    yield Answer("sftp_get_refused", "The permit lets files be put, and nothing be read or listed.", data)
    yield Say(f"penstock: refused [sftp_get_refused]: {sentence} {ASK_WIDER}")
