"""Look things up in a log, also while its signer goes on writing. Needs no key and no socket."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby, islice
from pathlib import Path

from domain.canonical import Json
from domain.errors import EvidenceError
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.heads import open_checkpoint
from recorder.ledger.leaf import commits, opens
from recorder.ledger.merkle import Node, leaf_hash, prove_consistency, prove_inclusion, verify_inclusion
from recorder.ledger.note import Note, VerifierKey
from recorder.ledger.proof import Proof
from recorder.ledger.pruned import Pruned, check_prefix, read_pruned
from recorder.ledger.shelf import (
    CHECKPOINT,
    node_on_disk,
    read_entries,
    read_lines,
    read_texts,
    read_tile,
    text_at,
)
from recorder.ledger.tiles import WIDTH, RightEdge

RESTORE = (
    "Keep the folder as it is for the auditor, then restore the ledger from its backup; the signer tells"
    " whether it is whole."
)


@dataclass(frozen=True, slots=True)
class Kept:
    """One event as it lies in the log. ``fault`` says why ``event`` is empty: the text is gone or was changed."""

    index: int
    event: Mapping[str, Json]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Proven:
    """One leaf as hashed, the line that opens it, and the hashes that lead from it to the root."""

    index: int
    entry: bytes
    text: bytes
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class _Look:
    """What the lines that are looked for hold somewhere. It tells most others by their bytes, before anything is read out."""

    marks: tuple[bytes, ...] = ()
    """All of them."""
    one_of: tuple[bytes, ...] | None = None
    """One of them; None where any will do."""
    needle: str = ""
    """Text in any case, case-folded."""

    def may_be_in(self, texts: bytes) -> bool:
        """Whether such a line can be among these: a whole bundle without one is passed over."""
        if not self._marked(texts):
            return False
        # Outside ASCII a letter may fold to several, and some fold into it.
        ascii_only = self.needle.isascii() and texts.isascii()
        return not ascii_only or self.needle.encode() in texts.lower()

    def found_in(self, line: bytes) -> bool:
        """Whether ``line`` is one. What stands behind its event (index and salt) is nobody's to look for."""
        if not self._marked(line):
            return False
        event = line.rpartition(b',"index":')[0]
        return not self.needle or self.needle in event.decode("utf-8", "replace").casefold()

    def _marked(self, data: bytes) -> bool:
        if self.one_of is not None and not any(mark in data for mark in self.one_of):
            return False
        return all(mark in data for mark in self.marks)


class LogReader:
    """A log's folder, read only. Every call starts from the checkpoint that is published at that moment.

    Whether that checkpoint is the right one is not judged here: ``recorder.verify`` does, with the
    log's public key.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def checkpoint(self) -> str:
        """The published checkpoint, as signed; EvidenceError when there is none."""
        try:
            return (self._folder / CHECKPOINT).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise EvidenceError(
                f"There is no checkpoint to read in {self._folder}: {error}.", remedy=RESTORE
            ) from error

    @property
    def head(self) -> Checkpoint:
        """Size and root as the published checkpoint states them."""
        try:
            return Checkpoint.of(Note.of(self.checkpoint.encode()).body)
        except EvidenceError as error:
            if error.remedy:
                raise
            raise EvidenceError(f"{self._folder / CHECKPOINT}: {error.fact}", remedy=RESTORE) from error

    @property
    def size(self) -> int:
        """How many leaves the published checkpoint covers."""
        return self.head.size

    def leaf(self, index: int) -> bytes:
        """The entry at ``index``, as hashed; IndexError outside the published tree."""
        return self.entries(index, index + 1)[0]

    def entries(self, start: int, stop: int) -> list[bytes]:
        """The entries from ``start`` up to, not including, ``stop``; IndexError outside the published tree."""
        if not 0 <= start < stop <= self.size:
            raise IndexError(f"the log does not hold entries {start} to {stop}")
        found: list[bytes] = []
        for number in range(start // WIDTH, (stop - 1) // WIDTH + 1):
            first = number * WIDTH
            found += read_entries(self._folder, number, min(WIDTH, stop - first))[max(0, start - first) :]
        return found

    def text(self, index: int) -> bytes:
        """The line that opens the leaf at ``index``: event and salt, as canonical JSON with a newline.

        EvidenceError when it is gone, or is not the one that the leaf commits to.
        """
        entry = self.leaf(index)
        return _opening(read_lines(self._folder, index // WIDTH), index, entry)

    def event(self, index: int) -> Mapping[str, Json]:
        """The event at ``index`` as JSON; EvidenceError as for ``text``, IndexError outside the tree."""
        return _event(self.text(index))

    def events(
        self, start: int = 0, stop: int | None = None, *, newest_first: bool = False
    ) -> Iterator[Kept]:
        """The events from ``start`` up to, not including, ``stop`` (or the end), one bundle in memory at a time."""
        stop = min(self.size if stop is None else stop, self.size)
        return self._read(max(0, start), stop, newest_first=newest_first)

    def find(
        self,
        *,
        event: str | Collection[str] = "",
        session: str = "",
        permit: str = "",
        code: str = "",
        text: str = "",
        start: int = 0,
        newest_first: bool = True,
        limit: int = 1000,
    ) -> Iterator[Kept]:
        """Events whose fields equal what is given, and whose text holds ``text`` in any case; ``limit`` at most.

        Nothing before leaf ``start`` is looked at.
        ``event`` may be several kinds: each look reads the whole log, so who wants several asks once. Of no kind
        there is nothing; an empty text is any kind.
        """
        kinds = None if event == "" else frozenset((event,) if isinstance(event, str) else event)
        wanted = {"session": session, "permit": permit, "code": code}
        fields = {name: value for name, value in wanted.items() if value}
        look = _Look(
            tuple(_mark(value) for value in fields.values()),
            None if kinds is None else tuple(_mark(kind) for kind in kinds),
            text.casefold(),
        )
        kept_ones = self._read(max(0, start), self.size, newest_first=newest_first, look=look)
        asked_for = (
            one
            for one in kept_ones
            if (kinds is None or one.event.get("event") in kinds)
            and all(one.event.get(name) == value for name, value in fields.items())
        )
        yield from islice(asked_for, limit)

    def check(self, key: VerifierKey) -> Checkpoint:
        """The published head, once every entry and every text under it was found to be as ``key`` signed for.

        Changes nothing, and may run beside the signer. EvidenceError names the first thing that is wrong. What
        it can't see is a folder that was put back to an older state as a whole: the signer sees that.
        """
        head = open_checkpoint(self.checkpoint.encode(), key.name, [key])
        pruned = self.pruned()
        edge, begun = RightEdge(), 0
        if pruned is not None:
            check_prefix(self._folder, pruned)
            edge, begun = pruned.edge(), pruned.below // WIDTH
            for number in sorted(pruned.kept):
                self._opened(number, WIDTH)
        for number in range(begun, -(-head.size // WIDTH)):
            for entry in self._opened(number, min(WIDTH, head.size - number * WIDTH)):
                edge.add(entry)
        if edge.root() != head.root:
            raise EvidenceError(f"The {head.size} entries are not those that the checkpoint was signed for.")
        return head

    def pruned(self) -> Pruned | None:
        """What was pruned of this log, as its own leaf says it; None where nothing was.

        EvidenceError where something is said to be pruned of which no leaf tells.
        """
        found = read_pruned(self._folder)
        if found is None:
            return None
        if found.leaf >= self.size or not found.said_by(self.event(found.leaf)):
            raise EvidenceError(
                f"The ledger's beginning is said to be pruned, and leaf {found.leaf} does not say so.",
                remedy=RESTORE,
            )
        return found

    def _opened(self, number: int, width: int) -> list[bytes]:
        """The entries of one bundle, each with a text that belongs to it."""
        lines, entries = read_lines(self._folder, number), read_entries(self._folder, number, width)
        for index, entry in enumerate(entries, number * WIDTH):
            if not opens(entry, text_at(lines, index)):
                raise EvidenceError(f"The text of event {index} is not the one that its leaf commits to.")
        return entries

    def tile(self, path: str) -> bytes:
        """What C2SP tlog-tiles serves under ``path``, hashes or entries; EvidenceError where that is nothing."""
        return read_tile(self._folder, self.size, path)

    def prove(self, index: int, under: str = "") -> str:
        """The C2SP proof of the leaf at ``index`` under the published checkpoint, or ``under`` one read before.

        However far the log has grown since: what belongs together is proven under one head.
        EvidenceError when entry, tiles and checkpoint do not agree; IndexError outside the tree.
        """
        checkpoint = under or self.checkpoint
        head = Checkpoint.of(Note.of(checkpoint.encode()).body)
        if not 0 <= index < head.size:
            raise IndexError(f"the log does not hold entry {index}")
        entry = read_entries(self._folder, index // WIDTH, index % WIDTH + 1)[-1]
        path = _proved(index, entry, head, node_on_disk(self._folder, head.size))
        return Proof(index, path, checkpoint).text()

    def proven(self, indexes: Iterable[int], under: str) -> Iterator[Proven]:
        """These leaves, in rising order, each with its text and its proof under the checkpoint ``under``; each file is read once.

        Errors as of ``prove`` and ``text``.
        """
        head = Checkpoint.of(Note.of(under.encode()).body)
        node = cache(node_on_disk(self._folder, head.size))
        ordered = sorted(set(indexes))
        if ordered and not 0 <= ordered[0] <= ordered[-1] < head.size:
            raise IndexError(f"the log does not hold all entries from {ordered[0]} to {ordered[-1]}")
        for number, group in groupby(ordered, key=lambda index: index // WIDTH):
            lines = read_lines(self._folder, number)
            entries = read_entries(self._folder, number, min(WIDTH, head.size - number * WIDTH))
            for index in group:
                entry = entries[index % WIDTH]
                yield Proven(index, entry, _opening(lines, index, entry), _proved(index, entry, head, node))

    def prove_consistency(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """The hashes that lead from the tree of ``old`` leaves to that of ``new`` (or the published one)."""
        published = self.size
        new = published if new is None else new
        if not 0 <= old <= new <= published:
            raise IndexError(f"the log has no trees of {old} and {new} leaves")
        return prove_consistency(old, new, node_on_disk(self._folder, published))

    def _read(
        self, start: int, stop: int, *, newest_first: bool, look: _Look | None = None
    ) -> Iterator[Kept]:
        numbers = range(start // WIDTH, -(-stop // WIDTH))
        pruned = self.pruned()
        for number in reversed(numbers) if newest_first else numbers:
            first = number * WIDTH
            last = min(stop, first + WIDTH)
            if pruned is not None and pruned.gone(number):
                if look is None:  # who counts leaves finds each; who looks for something finds nothing
                    places = range(max(start, first), last)
                    yield from (
                        Kept(index, {}, f"It was pruned: leaf {pruned.leaf} says by whom and why.")
                        for index in (reversed(places) if newest_first else places)
                    )
                continue
            texts = read_texts(self._folder, number)
            if look is not None and not look.may_be_in(texts):
                continue
            lines = texts.splitlines(keepends=True)
            entries = read_entries(self._folder, number, last - first)
            indexes = range(max(start, first), last)
            for index in reversed(indexes) if newest_first else indexes:
                line = lines[index - first] if index - first < len(lines) else b""
                if look is None or look.found_in(line):
                    yield _kept(index, entries[index - first], lines)


def _opening(lines: list[bytes], index: int, entry: bytes) -> bytes:
    found = text_at(lines, index)
    if not opens(entry, found):
        raise EvidenceError(f"The text of event {index} is not the one that its leaf commits to.")
    return found.line()


def _proved(index: int, entry: bytes, head: Checkpoint, node: Node) -> tuple[bytes, ...]:
    path = prove_inclusion(index, head.size, node)
    if not verify_inclusion(index, head.size, leaf_hash(entry), path, head.root):
        raise EvidenceError(f"Entry {index}, the tiles and the checkpoint do not belong together.")
    return path


def _mark(value: str) -> bytes:
    """What a line holds somewhere if one of its fields is ``value``: most lines need no more than this look."""
    return json.dumps(value, ensure_ascii=False).encode()


def _kept(index: int, entry: bytes, lines: list[bytes]) -> Kept:
    try:
        text = text_at(lines, index)
        if not commits(entry, text):
            return Kept(index, {}, "This text is not the one that the leaf commits to.")
        return Kept(index, text.document())
    except EvidenceError as error:
        return Kept(index, {}, error.fact)


def _event(line: bytes) -> Mapping[str, Json]:
    event: Mapping[str, Json] = json.loads(line)["event"]
    return event
