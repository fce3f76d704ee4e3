"""Where files may come from and go to at the asset, by a permit's limits: paths as bytes, judged as text alone. Pure.

Where a path really leads only the asset knows: ``escort.py`` asks it, and judges the answer here once more.
"""

from collections.abc import Collection, Iterable

from domain.access import Flow
from domain.plant import Limit, Protocol, Way
from domain.vocabulary import ALL_BELOW, FILES, FILES_IN_ALL, MIB_IN_ALL

MIB = 1024 * 1024
WAYS = {Way.READ: Flow.GET, Way.WRITE: Flow.PUT}
LONGEST_PATH = 4096


def absolute(path: bytes, home: bytes) -> bytes | None:
    """``path`` from the root on, without ``.``, ``..`` and empty parts; a relative one begins at ``home``.

    None for what is no path of one meaning: a NUL, a backslash (it parts folders on some systems), or one that is too long.
    """
    if b"\x00" in path or b"\\" in path or len(path) > LONGEST_PATH:
        return None
    kept: list[bytes] = []
    for one in (path if path.startswith(b"/") else home + b"/" + path).split(b"/"):
        if one == b"..":
            del kept[-1:]
        elif one not in {b"", b"."}:
            kept.append(one)
    return b"/" + b"/".join(kept)


def parted(path: bytes) -> tuple[bytes, bytes]:
    """The folder of an absolute path, and the name in it."""
    folder, _slash, name = path.rpartition(b"/")
    return folder or b"/", name


class Roots:
    """What a permit's limits say of files. Paths that are judged are absolute, as ``absolute`` makes them."""

    def __init__(self, limits: Iterable[Limit] = ()) -> None:
        mine = [one for one in limits if one.protocol is Protocol.SSH]
        self._files = [(WAYS[one.way], one.name.encode()) for one in mine if one.place == FILES]
        self._numbers = {
            (WAYS[one.way], one.place): max(
                each.last for each in mine if (each.way, each.place) == (one.way, one.place)
            )
            for one in mine
            if one.place != FILES
        }

    def __bool__(self) -> bool:
        """Whether they name any path; else every path is within."""
        return bool(self._files)

    @property
    def counted(self) -> bool:
        """Whether they say how much may go, either way."""
        return bool(self._numbers)

    def most(self, flow: Flow) -> tuple[int | None, int | None]:
        """How many files may go that way, and how many bytes; None where nothing is said."""
        files, mib = self._numbers.get((flow, FILES_IN_ALL)), self._numbers.get((flow, MIB_IN_ALL))
        return files, None if mib is None else mib * MIB

    def hold(self, path: bytes, flows: Collection[Flow]) -> bool:
        """Whether what is at ``path`` may go each of these ways."""
        return all(any(way is flow and _below(root, path) for way, root in self._files) for flow in flows)

    def hold_entry(self, path: bytes) -> bool:
        """Whether ``path`` may be made, renamed or removed: it may be put there, and is no folder that a limit names."""
        return any(
            way is Flow.PUT and _below(root, path) and root != path + ALL_BELOW.encode()
            for way, root in self._files
        )

    def show(self, path: bytes) -> bool:
        """Whether it may be said what is at ``path``: it lies within, or on the way to what does."""
        folder = path.rstrip(b"/") + b"/"
        return any(_below(root, path) or root.startswith(folder) for _way, root in self._files)

    def told(self, flow: Flow) -> str:
        """What a person is told of them: the paths of one way."""
        named = sorted(root.decode() for way, root in self._files if way is flow)
        return ", ".join(named) or "nothing"


def _below(root: bytes, path: bytes) -> bool:
    if not root.endswith(ALL_BELOW.encode()):
        return path == root
    folder = root[: -len(ALL_BELOW)]
    return path == (folder or b"/") or path.startswith(folder + b"/")
