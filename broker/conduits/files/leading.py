"""Where a path at the asset really leads, and an open file that is what was looked at: asked of the asset, step by step. Pure.

Each step is what to ask, and is sent the answers. SFTP has no way to open a file without following a link, so an open file is looked at
again, together with its path, before its client learns of it.
"""

from collections.abc import Callable, Collection, Generator
from itertools import pairwise
from stat import S_ISDIR, S_ISREG

from broker.conduits.files import packets as sftp
from broker.conduits.files.roots import Roots, absolute, parted
from domain.access import Flow

LOOKS = 4
"""How often a path is looked at before and after an open file: each look that somebody at the asset has to be faster than."""

Asked = tuple[int, tuple[bytes, ...]]
"""A request: its type, and what stands behind its number."""


class NotWithinError(Exception):
    """It leads where nothing may be done."""

    def __init__(self, code: str, sentence: str, remedy: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence, self.remedy = code, sentence, remedy


class FailedError(Exception):
    """The asset said no, or nothing that answers."""

    def __init__(self, code: int = sftp.FAILURE, sentence: str = "") -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


def failure(packet: bytes) -> FailedError:
    """What the asset said in place of what was asked for."""
    if packet[0] != sftp.STATUS or len(packet) < 9:
        return FailedError()
    return FailedError(sftp.number_at(packet, 5) or sftp.FAILURE, sftp.sentence_in(packet))


LINK = NotWithinError(
    "file_link_refused",
    "Where a permit names paths, no link is made, and none is renamed: it could lead out of them.",
    "Put the file itself.",
)
CHANGED = NotWithinError(
    "file_path_changed",
    "The file was exchanged at the asset while it was opened, or is no ordinary file.",
    "Try again; if it stays so, tell the plant.",
)


def outside(roots: Roots) -> NotWithinError:
    """A path that is not within the limits as it is written."""
    return NotWithinError(
        "file_path_not_permitted",
        "This path is not within the permit's limits.",
        f"Get from {roots.told(Flow.GET)}; put to {roots.told(Flow.PUT)}.",
    )


LEADS_OUT = NotWithinError(
    "file_path_leads_out",
    "At the asset this path leads out of the permit's limits.",
    "Name the file where it really lies; ask the plant if it lies outside.",
)


class Leading:
    """One channel's paths."""

    def __init__(self, roots: Roots) -> None:
        self.roots = roots
        self._home: bytes | None = None

    def leads(
        self, path: bytes, within: Callable[[bytes], bool], *, follow: bool
    ) -> Generator[list[Asked], list[bytes], bytes]:
        """Where ``path`` really leads; with ``follow`` through a link that it may be itself."""
        if self._home is None and not path.startswith(b"/"):
            (answer,) = yield [(sftp.REALPATH, (sftp.text(b"."),))]
            self._home = name_in(answer)
        wanted = absolute(path, self._home or b"/")
        if wanted is None or not within(wanted):
            raise outside(self.roots)
        folder, name = parted(wanted)
        if follow or not name:
            (answer,) = yield [(sftp.REALPATH, (sftp.text(wanted),))]
            real = name_in(answer)
        else:
            (answer,) = yield [(sftp.REALPATH, (sftp.text(folder),))]
            real = name_in(answer).rstrip(b"/") + b"/" + name
        if absolute(real, b"/") != real or not within(real):
            raise LEADS_OUT
        return real


def held(
    real: bytes, flags: int, attributes: bytes, *, folders: bool = False
) -> Generator[list[Asked], list[bytes], tuple[bytes, int]]:
    """A handle of the file at ``real`` itself, and its size. Nothing is made, cut off or read through a link."""
    path, attributes = sftp.text(real), attributes or sftp.number32(0)
    (before,) = yield [(sftp.LSTAT, (path,))]
    there = before[0] == sftp.ATTRS
    if there and not fits(before, folders=folders):
        raise CHANGED
    if not there and not (flags & sftp.CREATES and failure(before).code == sftp.NO_SUCH_FILE):
        raise failure(before)
    # What is made is made anew, which follows no link; what is there is not made, and cut off once it is known.
    plain = flags & ~sftp.TRUNCATES | sftp.EXCLUSIVE
    if there and not flags & sftp.EXCLUSIVE:
        plain = flags & ~(sftp.CREATES | sftp.TRUNCATES)
    (answer,) = yield [(sftp.OPEN, (path, sftp.number32(plain), attributes))]
    handle = handle_in(answer)
    look: list[Asked] = [(sftp.REALPATH, (path,)), (sftp.LSTAT, (path,))]
    answers = yield [*look * LOOKS, (sftp.FSTAT, (sftp.text(handle),)), *look * LOOKS]
    own = answers.pop(2 * LOOKS)
    seen = [*([before] if there else []), *answers[1 : 2 * LOOKS : 2], own, *answers[2 * LOOKS + 1 :: 2]]
    led = all(_led_to(one) == real for one in answers[::2])
    if not led or not all(fits(one, folders=folders) for one in seen) or not one_file(seen):
        yield [(sftp.CLOSE, (sftp.text(handle),))]
        raise CHANGED
    if there and flags & sftp.TRUNCATES:
        (answer,) = yield [(sftp.FSETSTAT, (sftp.text(handle), sftp.number32(sftp.SIZE) + sftp.number64(0)))]
        if answer[0] != sftp.STATUS or sftp.number_at(answer, 5) != sftp.OK:
            yield [(sftp.CLOSE, (sftp.text(handle),))]
            raise failure(answer)
    return handle, sftp.size_in(own[5:]) or 0


def flows_by(flags: int) -> Collection[Flow]:
    """Which ways a file goes that is opened by ``flags``; one that says neither is read."""
    writes = flags & (sftp.WRITES | sftp.APPENDS | sftp.CREATES | sftp.TRUNCATES | sftp.EXCLUSIVE)
    return {*([Flow.PUT] if writes else []), *([Flow.GET] if flags & sftp.READS or not writes else [])}


def one_file(seen: list[bytes]) -> bool:
    """Whether all of ``seen`` is said of one file, which may have grown: the same owner and mode, nothing smaller or older."""
    facts = [sftp.facts_in(one[5:]) for one in seen]
    return all(
        (one.owner, one.mode) == (next_.owner, next_.mode)
        and one.size <= next_.size
        and one.changed <= next_.changed
        for one, next_ in pairwise(facts)
    )


def fits(packet: bytes, *, folders: bool) -> bool:
    mode = mode_in(packet)
    return S_ISREG(mode) or (folders and S_ISDIR(mode))


def mode_in(packet: bytes) -> int:
    """The mode that ATTRS says; 0, which is no kind of file, where they say none or something else came."""
    return sftp.facts_in(packet[5:]).mode if packet[0] == sftp.ATTRS else 0


def _led_to(packet: bytes) -> bytes:
    try:
        return name_in(packet)
    except FailedError:
        return b""


def name_in(packet: bytes) -> bytes:
    if packet[0] != sftp.NAME or not sftp.names_hold(packet) or sftp.number_at(packet, 5) != 1:
        raise failure(packet)
    return sftp.string_at(packet, 9)[0]


def handle_in(packet: bytes) -> bytes:
    found = sftp.fields("s", packet, 5) if packet[0] == sftp.HANDLE else None
    if found is None:
        raise failure(packet)
    return bytes(found[0]) if isinstance(found[0], bytes) else b""
