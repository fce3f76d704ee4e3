"""Files that are put and must be screened: answered in the asset's place, and written there once they are released. Pure.

A client opens, writes and closes as ever. What it writes goes to the quarantine; its CLOSE is answered when it is known what becomes
of the file. A released one is written to the asset by the gate's own requests first, so that OK means: it is there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from broker.conduits.files import packets as sftp
from broker.conduits.files.outputs import Abandon, Begin, Fetch, FileOutput, Finish, Keep, Moved, Say
from broker.quarantine.seams import FileState, Verdict
from domain.access import Flow
from domain.output import Answer, ToAsset, ToVendor

MINE = b"penstock-"
"""How a handle begins that the gate gave out."""

MOST_OPEN = 64
MOST_SETTINGS = 8
SHORT = Answer("sftp_short", "The file is shorter than its sender said.", b"")
PIECE_BYTES = 32 * 1024
AHEAD = 32
"""Requests of the gate's own to the asset that wait for their answer."""

FIRST_NUMBER, PAST_NUMBERS = 0xE0000000, 0x100000000
ORDINARY = sftp.number32(sftp.MODE) + sftp.number32(0o100600)


@dataclass(slots=True)
class Upload:
    """One file on its way."""

    file: int
    path: bytes
    flags: int
    attributes: bytes
    """As its OPEN named them."""
    size: int = 0
    """Up to where it was written."""
    promised: int | None = None
    """How long the client said that it is to be."""
    settings: list[bytes] = field(default_factory=list)
    """What the client set on it, for when it is there."""
    answered: bool = False
    """Its client has its handle."""
    fault: tuple[str, str] | None = None
    """Code and sentence with which it was not taken."""
    closing: int | None = None
    """The number of the CLOSE that waits."""
    released: str = ""
    sha256: str = ""
    there: bytes = b""
    """The asset's handle."""
    asked: int = 0
    waiting: int = 0
    failure: tuple[int, str] | None = None
    settling: bool = False

    @property
    def handle(self) -> bytes:
        """What the client knows it by."""
        return MINE + str(self.file).encode()

    def attributes_now(self) -> bytes:
        """What a client is told of it while it is open."""
        return sftp.number32(sftp.SIZE | sftp.MODE) + sftp.number64(self.size) + ORDINARY[4:]


class Uploads:
    """Those of one channel."""

    def __init__(self, taken: Callable[[int], bool], counted: Callable[[], object] = bool) -> None:
        """``taken``: whether a number is one that the client's own requests use now. ``counted`` is told of each file that begins."""
        self._taken, self._counted = taken, counted
        self.leads: Callable[[Upload, int, bytes], Iterator[FileOutput]] | None = None
        """Opens a released file at the asset where paths are held to limits; then comes ``placed`` or ``not_placed``."""
        self._open: dict[bytes, Upload] = {}
        self._waiting: dict[int, Upload] = {}
        """By file: closed by the client, and not answered yet."""
        self._own: dict[int, tuple[Upload, int]] = {}
        self._next = FIRST_NUMBER
        self._files = 0
        self._writing: tuple[Upload | None, int, int] = None, 0, 0

    # -- what the client asks -----------------------------------------------------------------------

    def of(self, handle: bytes) -> Upload | None:
        """The upload behind a handle."""
        return self._open.get(handle)

    def named(self, path: bytes) -> Upload | None:
        """The upload that is on its way to ``path``."""
        return next(
            (one for one in (*self._open.values(), *self._waiting.values()) if one.path == path), None
        )

    def begin(self, number: int, path: bytes, flags: int, attributes: bytes) -> Iterator[FileOutput]:
        """A file is opened for writing."""
        if flags & (sftp.APPENDS | sftp.READS):
            yield from _no(
                number,
                Answer(
                    "sftp_resume_refused",
                    "Files are screened here, so each is put whole: it can't be taken up again, appended to or read as it is written.",
                    b"",
                ),
                "Put the whole file again.",
            )
            return
        if len(self._open) + len(self._waiting) >= MOST_OPEN:
            yield from _no(
                number,
                Answer("sftp_too_many_open", f"At most {MOST_OPEN} files can be on their way at once.", b""),
                "Close some first.",
            )
            return
        self._files += 1
        upload = Upload(self._files, path, flags, attributes)
        self._open[upload.handle] = upload
        yield Begin(upload.file, path)
        if upload.fault is not None:
            del self._open[upload.handle]
            yield from _not_taken(number, upload.fault)
        else:
            upload.answered = True
            self._counted()
            yield ToVendor(sftp.request(sftp.HANDLE, number, sftp.text(upload.handle)))

    def writes(self, number: int, handle: bytes, at: int) -> None:
        """A WRITE begins; its contents come by ``piece``."""
        self._writing = self._open.get(handle), number, at

    def piece(self, data: memoryview | bytes) -> Iterator[FileOutput]:
        """Some of what is written."""
        upload, number, at = self._writing
        self._writing = upload, number, at + len(data)
        if upload is not None and upload.fault is None:
            yield Keep(upload.file, at, data)
            upload.size = max(upload.size, at + len(data))

    def wrote(self) -> Iterator[FileOutput]:
        """The WRITE is whole."""
        upload, number, _at = self._writing
        if upload is None:
            yield ToVendor(sftp.status(number, sftp.FAILURE, "There is no such handle."))
        elif upload.fault is not None:
            yield ToVendor(sftp.status(number, sftp.FAILURE, upload.fault[1]))
        else:
            yield ToVendor(sftp.status(number, sftp.OK))

    def asks(self, number: int, kind: int, upload: Upload, attributes: bytes = b"") -> Iterator[FileOutput]:
        """Something else about an open file, by its handle or its path."""
        match kind:
            case sftp.CLOSE:
                yield from self._close(number, upload)
            case sftp.FSTAT | sftp.STAT | sftp.LSTAT:
                yield ToVendor(sftp.request(sftp.ATTRS, number, upload.attributes_now()))
            case sftp.FSETSTAT | sftp.SETSTAT:
                yield ToVendor(sftp.status(number, sftp.OK if _set(upload, attributes) else sftp.FAILURE))
            case sftp.EXTENDED:
                yield ToVendor(sftp.status(number, sftp.OK))  # fsync: the quarantine sees to it
            case _:
                yield ToVendor(
                    sftp.status(number, sftp.FAILURE, "This file is still on its way into the quarantine.")
                )

    def _close(self, number: int, upload: Upload) -> Iterator[FileOutput]:
        del self._open[upload.handle]
        if upload.fault is None and upload.promised is not None and upload.promised > upload.size:
            upload.fault = SHORT.code, SHORT.sentence
        if upload.fault is not None:
            yield Abandon(upload.file, upload.fault[0])
            yield ToVendor(sftp.status(number, sftp.FAILURE, upload.fault[1]))
            return
        upload.closing = number
        self._waiting[upload.file] = upload
        yield Finish(upload.file)

    # -- what the quarantine says -------------------------------------------------------------------

    def not_taken(self, file: int, code: str, sentence: str) -> Iterator[FileOutput]:
        """The quarantine takes no more of this file, or can't say what becomes of it."""
        if (waits := self._waiting.pop(file, None)) is not None and waits.closing is not None:
            yield Answer(code, sentence, sftp.status(waits.closing, sftp.FAILURE, sentence))
            yield Say(_line(code, sentence))
            return
        upload = self._open.get(MINE + str(file).encode())
        if upload is None or upload.fault is not None:
            return
        upload.fault = code, sentence
        if upload.answered:
            yield Answer(code, sentence, b"")
            yield Say(_line(code, sentence))

    def judged(self, file: int, verdict: Verdict) -> Iterator[FileOutput]:
        """What becomes of a file that was closed."""
        upload = self._waiting.get(file)
        if upload is None or upload.closing is None:
            return
        if not verdict.may_pass:
            del self._waiting[file]
            refused = verdict.state is FileState.REFUSED
            sentence = _of(verdict)
            yield Answer(
                verdict.code,
                verdict.sentence,
                sftp.status(upload.closing, sftp.PERMISSION_DENIED if refused else sftp.FAILURE, sentence),
            )
            yield Say(_line(verdict.code, sentence))
            return
        upload.released, upload.sha256 = verdict.id, verdict.sha256
        flags = sftp.WRITES | sftp.CREATES | sftp.TRUNCATES | upload.flags & sftp.EXCLUSIVE
        attributes = sftp.without_size(upload.attributes)
        if self.leads is not None:
            yield from self.leads(upload, flags, attributes)
        else:
            yield self._ask(upload, sftp.OPEN, sftp.text(upload.path), sftp.number32(flags), attributes)

    def placed(self, upload: Upload, handle: bytes) -> Iterator[FileOutput]:
        """A released file is open at the asset."""
        upload.there = handle
        return self._go_on(upload)

    def not_placed(self, upload: Upload, code: int, sentence: str) -> Iterator[FileOutput]:
        """A released file can't be opened at the asset, or may not."""
        upload.failure = code, sentence
        return self._done(upload)

    def fetched(self, file: int, at: int, data: bytes) -> Iterator[FileOutput]:
        """A part of a released file; none at all when it can't be read any more."""
        upload = self._waiting.get(file)
        if upload is None:
            return
        if not data:
            upload.failure = sftp.FAILURE, "The released file can't be read."
            yield from self._settle(upload)
            return
        yield self._ask(upload, sftp.WRITE, sftp.text(upload.there), sftp.number64(at), sftp.text(data))

    # -- what the asset answers to the gate ---------------------------------------------------------

    def owns(self, number: int) -> bool:
        """Whether a request of the gate's own has this number."""
        return number in self._own

    def answered(self, number: int, packet: bytes) -> Iterator[FileOutput]:
        """The asset's answer to one of the gate's own requests."""
        upload, kind = self._own.pop(number)
        upload.waiting -= 1
        if packet[0] == sftp.HANDLE and kind == sftp.OPEN:
            upload.there, _at = sftp.string_at(packet, 5)
            yield from self._go_on(upload)
            return
        code = sftp.number_at(packet, 5) if packet[0] == sftp.STATUS and len(packet) >= 9 else sftp.FAILURE
        if code != sftp.OK and kind != sftp.FSETSTAT and upload.failure is None:
            upload.failure = code, sftp.sentence_in(packet)
        if kind == sftp.CLOSE or (kind == sftp.OPEN and not upload.there):
            yield from self._done(upload)
        else:
            yield from self._go_on(upload)

    def _go_on(self, upload: Upload) -> Iterator[FileOutput]:
        while upload.failure is None and upload.asked < upload.size and upload.waiting < AHEAD:
            at = upload.asked
            upload.asked = min(at + PIECE_BYTES, upload.size)
            yield Fetch(upload.file, at, upload.asked - at)
        yield from self._settle(upload)

    def _settle(self, upload: Upload) -> Iterator[FileOutput]:
        if upload.waiting or (upload.failure is None and upload.asked < upload.size):
            return
        if not upload.settling:
            upload.settling = True
            for one in upload.settings if upload.failure is None else ():
                yield self._ask(upload, sftp.FSETSTAT, sftp.text(upload.there), one)
        if not upload.waiting:
            yield self._ask(upload, sftp.CLOSE, sftp.text(upload.there))

    def _done(self, upload: Upload) -> Iterator[FileOutput]:
        del self._waiting[upload.file]
        failed = upload.failure is not None
        yield Moved(
            upload.path,
            Flow.PUT,
            0,
            upload.asked,
            upload.sha256 if not failed else "",
            whole=not failed,
            failed=failed,
            released=upload.released,
        )
        code, sentence = upload.failure or (sftp.OK, "")
        if upload.closing is not None:
            yield ToVendor(sftp.status(upload.closing, code, sentence))

    def _ask(self, upload: Upload, kind: int, *parts: bytes) -> ToAsset:
        number = self._next
        while number in self._own or self._taken(number):
            number = number + 1 if number + 1 < PAST_NUMBERS else FIRST_NUMBER
        self._next = number + 1 if number + 1 < PAST_NUMBERS else FIRST_NUMBER
        self._own[number] = upload, kind
        upload.waiting += 1
        return ToAsset(sftp.request(kind, number, *parts))

    def over(self, why: str) -> Iterator[FileOutput]:
        """The channel is over: what was not whole never will be."""
        for upload in self._open.values():
            yield Abandon(upload.file, why)
        for upload in self._waiting.values():
            if upload.released:
                yield Moved(upload.path, Flow.PUT, 0, upload.asked, "", whole=False, released=upload.released)
        self._open.clear()
        self._waiting.clear()
        self._own.clear()


def _set(upload: Upload, attributes: bytes) -> bool:
    """Keep what is set on a file; whether that can be done when it is there."""
    if (size := sftp.size_in(attributes)) is not None:
        if size < upload.size:
            return False  # what was written is in the quarantine: it can't be shortened there
        upload.promised = size
    rest = sftp.without_size(attributes)
    if sftp.number_at(rest, 0):
        upload.settings.append(rest)
    return len(upload.settings) <= MOST_SETTINGS


def _no(number: int, answer: Answer, remedy: str) -> Iterator[FileOutput]:
    sentence = f"{answer.sentence} What to do: {remedy}"
    yield Answer(answer.code, answer.sentence, sftp.status(number, sftp.PERMISSION_DENIED, sentence))
    yield Say(_line(answer.code, sentence))


def _not_taken(number: int, fault: tuple[str, str]) -> Iterator[FileOutput]:
    code, sentence = fault
    yield Answer(code, sentence, sftp.status(number, sftp.FAILURE, sentence))
    yield Say(_line(code, sentence))


def _of(verdict: Verdict) -> str:
    """What its sender is told of a file: what became of it, what it is called, and what to do."""
    named = f" (file {verdict.id})" if verdict.id else ""
    remedy = f" What to do: {verdict.remedy}" if verdict.remedy else ""
    return f"{verdict.sentence}{named}{remedy}"


def _line(code: str, sentence: str) -> str:
    return f"penstock: refused [{code}]: {sentence}"
