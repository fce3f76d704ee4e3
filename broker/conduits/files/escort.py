"""Requests that name a path, where a permit's limits say which: each is led, and goes nowhere before the asset said where it leads. Pure.

A path is judged as text, then by where the asset says that it really leads, and what goes on is that real path, not the client's. One request is led at a time, in the client's own order; open files go on meanwhile.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from stat import S_ISDIR

from broker.conduits.files import packets as sftp
from broker.conduits.files.leading import (
    CHANGED,
    LINK,
    Asked,
    FailedError,
    Leading,
    NotWithinError,
    failure,
    fits,
    flows_by,
    handle_in,
    held,
    mode_in,
    name_in,
    outside,
)
from broker.conduits.files.outputs import FileOutput, Say
from broker.conduits.files.roots import Roots, absolute
from broker.conduits.files.uploads import Upload, Uploads
from domain.access import Flow
from domain.output import Answer, ToAsset, ToVendor

MOST_LED = 1024
FIRST_NUMBER, PAST_NUMBERS = 0xD0000000, 0xE0000000
BY_ITSELF = frozenset(
    {sftp.LSTAT, sftp.REMOVE, sftp.RMDIR, sftp.MKDIR, sftp.READLINK, b"lsetstat@openssh.com"}
)
"""Requests about what a path names and not about what it leads to, where that is a link."""

TOLD = frozenset({sftp.REALPATH, b"expand-path@openssh.com"})
SHOWN = TOLD | {sftp.STAT, sftp.LSTAT, b"statvfs@openssh.com"}
LINKS = frozenset({sftp.SYMLINK, b"hardlink@openssh.com"})
RENAMES = frozenset({sftp.RENAME, b"posix-rename@openssh.com"})
LED = (
    SHOWN
    | LINKS
    | RENAMES
    | BY_ITSELF
    | {sftp.OPEN, sftp.OPENDIR, sftp.SETSTAT}
)  # fmt: skip
"""What is led: all that names a path."""

Steps = Generator[list[Asked], list[bytes], Iterator[FileOutput]]


@dataclass(frozen=True, slots=True)
class Wish:
    """One request of the client's."""

    number: int
    kind: int | bytes
    """Its type; of an extension its name."""
    found: list[bytes | int]
    """What stands in it."""

    @property
    def paths(self) -> list[bytes]:
        """The paths that it names."""
        return [one for one in self.found[: 2 if self.kind in RENAMES else 1] if isinstance(one, bytes)]

    @property
    def attributes(self) -> bytes:
        last = self.found[-1]
        return last if isinstance(last, bytes) else b""


@dataclass(slots=True)
class _Led:
    """A request on its way, and what it waits for."""

    steps: Steps
    number: int | None
    """The client's; None for what the gate does by itself."""
    failed: Callable[[int, str, str], Iterator[FileOutput]]
    due: list[int] = field(default_factory=list)
    came: dict[int, bytes] = field(default_factory=dict)


class Escort:
    """What leads the requests of one channel."""

    def __init__(
        self,
        roots: Roots,
        uploads: Uploads,
        opened: Callable[[bytes, bytes, Flow, int | None], None],
        *,
        screened: bool,
    ) -> None:
        """``opened`` is told of each file that is open: handle, path, way, and how long it is."""
        self._leading, self._roots = Leading(roots), roots
        self._uploads, self._opened, self._screened = uploads, opened, screened
        self._queue: deque[_Led] = deque()
        self._own: dict[int, _Led] = {}
        self._next = FIRST_NUMBER
        self._given: set[bytes] = set()
        self._busy: set[int] = set()

    def owns(self, number: int) -> bool:
        """Whether a request of the gate's own, or one that is being led, has this number."""
        return number in self._own or number in self._busy

    def knows(self, handle: bytes) -> bool:
        """Whether the client was given this handle."""
        return handle in self._given

    def closed(self, handle: bytes) -> None:
        """The client asked to close it: from now on it is worth nothing."""
        self._given.discard(handle)

    def asks(self, wish: Wish) -> Iterator[FileOutput]:
        """A request that names a path."""
        if len(self._queue) >= MOST_LED:
            yield ToVendor(sftp.status(wish.number, sftp.FAILURE, "Too many requests wait."))
            return

        def failed(code: int, told: str, sentence: str) -> Iterator[FileOutput]:
            answer = sftp.status(wish.number, code, sentence)
            if not told:
                yield ToVendor(answer)
            else:
                yield Answer(told, sentence.partition(" What to do:")[0], answer)
                yield Say(f"penstock: refused [{told}]: {sentence}")

        self._busy.add(wish.number)
        yield from self._lead(_Led(self._steps(wish), wish.number, failed))

    def places(self, upload: Upload, flags: int, attributes: bytes) -> Iterator[FileOutput]:
        """A released file is to be opened at the asset: by the gate itself, and led like any other."""

        def failed(code: int, told: str, sentence: str) -> Iterator[FileOutput]:
            if told:
                yield Answer(told, sentence.partition(" What to do:")[0], b"")
                yield Say(f"penstock: refused [{told}]: {sentence}")
            yield from self._uploads.not_placed(upload, code, sentence)

        yield from self._lead(_Led(self._placed(upload, flags, attributes), None, failed))

    # -- one after another --------------------------------------------------------------------------

    def _lead(self, led: _Led) -> Iterator[FileOutput]:
        self._queue.append(led)
        if len(self._queue) == 1:
            yield from self._begun()

    def _begun(self) -> Iterator[FileOutput]:
        """Begin with the next ones, for as long as each is done at once."""
        while self._queue and not self._queue[0].due:
            led = self._queue[0]
            yield from self._step(led, None)

    def answered(self, number: int, packet: bytes) -> Iterator[FileOutput]:
        """The asset's answer to one of the gate's own requests."""
        led = self._own.pop(number)
        led.came[number] = packet
        if len(led.came) == len(led.due):
            answers = [led.came[one] for one in led.due]
            led.due, led.came = [], {}
            yield from self._step(led, answers)
            yield from self._begun()

    def asked(self, number: int) -> bool:
        """Whether the gate asked the asset by this number."""
        return number in self._own

    def _step(self, led: _Led, answers: list[bytes] | None) -> Iterator[FileOutput]:
        try:
            wanted = next(led.steps) if answers is None else led.steps.send(answers)
        except StopIteration as done:
            self._over(led)
            yield from done.value
        except NotWithinError as error:
            self._over(led)
            yield from led.failed(
                sftp.PERMISSION_DENIED, error.code, f"{error.sentence} What to do: {error.remedy}"
            )
        except FailedError as error:
            self._over(led)
            yield from led.failed(error.code, "", error.sentence)
        else:
            for kind, parts in wanted:
                number = self._number()
                led.due.append(number)
                self._own[number] = led
                yield ToAsset(sftp.request(kind, number, *parts))

    def _over(self, led: _Led) -> None:
        self._queue.popleft()
        if led.number is not None:
            self._busy.discard(led.number)

    def _number(self) -> int:
        while self.owns(self._next):
            self._next = self._next + 1 if self._next + 1 < PAST_NUMBERS else FIRST_NUMBER
        return self._next

    # -- where a path leads -------------------------------------------------------------------------

    def _within(self, wish: Wish) -> Callable[[bytes], bool]:
        """What its path has to lie within."""
        roots, kind = self._roots, wish.kind
        if kind in SHOWN:
            return roots.show
        if kind == sftp.OPEN:
            flows = flows_by(int(wish.found[1]))
            return lambda path: roots.hold(path, flows)
        if kind in {sftp.OPENDIR, sftp.READLINK}:
            return lambda path: roots.hold(path, {Flow.GET})
        if kind in {sftp.SETSTAT, b"lsetstat@openssh.com"}:
            return lambda path: roots.hold(path, {Flow.PUT})
        return roots.hold_entry

    # -- the requests -------------------------------------------------------------------------------

    def _steps(self, wish: Wish) -> Steps:
        if wish.kind in LINKS:
            raise LINK
        if wish.kind in TOLD:
            return (yield from self._told(wish))
        real = yield from self._real(wish)
        upload = next((one for path in real if (one := self._uploads.named(path)) is not None), None)
        if upload is not None and isinstance(wish.kind, int) and wish.kind != sftp.OPEN:
            return self._uploads.asks(wish.number, wish.kind, upload, wish.attributes)
        if upload is not None:
            raise FailedError(sentence="This file is still on its way.")
        if wish.kind in RENAMES:
            yield from _no_link(real[0])
        own = {sftp.OPEN: self._open, sftp.OPENDIR: self._open_folder, sftp.SETSTAT: self._set}
        if isinstance(wish.kind, int) and wish.kind in own:
            return (yield from own[wish.kind](wish, real[0]))
        (answer,) = yield [_as_it_is(wish, real)]
        return _relayed(wish, answer)

    def _real(self, wish: Wish) -> Generator[list[Asked], list[bytes], list[bytes]]:
        within, follow = self._within(wish), wish.kind not in BY_ITSELF | RENAMES
        real = []
        for path in wish.paths:
            found = yield from self._leading.leads(path, within, follow=follow)
            real.append(found)
        return real

    def _told(self, wish: Wish) -> Steps:
        """Where a path leads, for the client: told of what lies within, or on the way there, and of where it begins."""
        path = wish.paths[0]
        if wish.kind == sftp.REALPATH and path not in {b"", b"."}:
            wanted = yield from self._leading.leads(path, self._roots.show, follow=True)
            return iter([ToVendor(_named(wish.number, wanted))])
        asked = (
            (sftp.EXTENDED, (sftp.text(wish.kind), sftp.text(path))) if isinstance(wish.kind, bytes) else None
        )
        (answer,) = yield [asked or (sftp.REALPATH, (sftp.text(b"."),))]
        told = name_in(answer)
        if path not in {b"", b".", b"~", b"~/"} and not self._roots.show(absolute(told, b"/") or b"/"):
            raise outside(self._roots)
        return iter([ToVendor(_named(wish.number, told))])

    def _open(self, wish: Wish, real: bytes) -> Steps:
        flags = int(wish.found[1])
        writes = Flow.PUT in flows_by(flags)
        if writes and self._screened:
            return self._uploads.begin(wish.number, real, flags, wish.attributes)
        handle, size = yield from held(real, flags, wish.attributes)
        self._given.add(handle)
        self._opened(handle, real, Flow.PUT if writes else Flow.GET, None if writes else size)
        return iter([ToVendor(sftp.request(sftp.HANDLE, wish.number, sftp.text(handle)))])

    def _placed(self, upload: Upload, flags: int, attributes: bytes) -> Steps:
        real = yield from self._leading.leads(
            upload.path, lambda path: self._roots.hold(path, {Flow.PUT}), follow=True
        )
        handle, _size = yield from held(real, flags, attributes)
        return self._uploads.placed(upload, handle)

    def _open_folder(self, wish: Wish, real: bytes) -> Steps:
        answer, told, seen = yield [
            (sftp.OPENDIR, (sftp.text(real),)), (sftp.REALPATH, (sftp.text(real),)), (sftp.LSTAT, (sftp.text(real),))
        ]  # fmt: skip
        handle = handle_in(answer)
        if name_in(told) != real or not S_ISDIR(mode_in(seen)):
            yield [(sftp.CLOSE, (sftp.text(handle),))]
            raise CHANGED
        self._given.add(handle)
        return iter([ToVendor(sftp.request(sftp.HANDLE, wish.number, sftp.text(handle)))])

    def _set(self, wish: Wish, real: bytes) -> Steps:
        """By a handle, for SETSTAT itself would follow what the path has become meanwhile."""
        sized = sftp.size_in(wish.attributes) is not None
        handle, _size = yield from held(real, sftp.WRITES if sized else sftp.READS, b"", folders=not sized)
        answer, _closed = yield [
            (sftp.FSETSTAT, (sftp.text(handle), wish.attributes)), (sftp.CLOSE, (sftp.text(handle),))
        ]  # fmt: skip
        return _relayed(wish, answer)


def _no_link(real: bytes) -> Generator[list[Asked], list[bytes], None]:
    """That it is a file or a folder: NotWithinError for a link, which would lead elsewhere under another name."""
    (answer,) = yield [(sftp.LSTAT, (sftp.text(real),))]
    if answer[0] != sftp.ATTRS:
        raise failure(answer)
    if not fits(answer, folders=True):
        raise LINK


def _as_it_is(wish: Wish, real: list[bytes]) -> Asked:
    """The request of the client, about the paths that its own lead to."""
    more = [wish.attributes] if len(wish.found) > len(real) else []
    paths = [*map(sftp.text, real)]
    if isinstance(wish.kind, bytes):
        return sftp.EXTENDED, (sftp.text(wish.kind), *paths, *more)
    # A real path is no link: were it one by now, what it leads to would be told.
    return (sftp.LSTAT if wish.kind == sftp.STAT else wish.kind), (*paths, *more)


def _named(number: int, path: bytes) -> bytes:
    return sftp.request(
        sftp.NAME, number, sftp.number32(1), sftp.text(path), sftp.text(path), sftp.number32(0)
    )


def _relayed(wish: Wish, packet: bytes) -> Iterator[FileOutput]:
    """The asset's own answer, under the client's number."""
    yield ToVendor(sftp.request(packet[0], wish.number, packet[5:]))
