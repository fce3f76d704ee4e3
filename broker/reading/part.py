"""One part of a long replay: the picture at a moment, and what came after it, as an asciicast of version 2. Pure."""

import json
from collections import deque
from collections.abc import Iterable, Iterator

BEFORE_CHARACTERS = 256 * 1024
"""Output before the moment from which its picture is drawn: some hundred screens, a third of a second of work."""


def part(cast: Iterable[bytes], at_us: int, most_bytes: int) -> Iterator[bytes]:
    """The part of ``cast`` from ``at_us`` on, ``most_bytes`` of it; times stay those of the whole."""
    lines = (line for chunk in cast for line in chunk.splitlines(keepends=True))
    head = json.loads(next(lines))
    columns, rows = int(head["width"]), int(head["height"])
    recent: deque[tuple[str, str]] = deque()
    held, began, room = 0, False, most_bytes
    for line in lines:
        at, code, text = json.loads(line)
        if not began and at * 1_000_000 < at_us:
            if code in {"o", "r"}:
                recent.append((code, text))
                held += len(text)
            while held > BEFORE_CHARACTERS:
                old, gone = recent.popleft()
                held -= len(gone)
                columns, rows = _size(gone, (columns, rows)) if old == "r" else (columns, rows)
            continue
        if not began:
            began = True
            yield from _beginning(head, (columns, rows), recent, at_us)
        room -= len(line)
        if room < 0:
            yield f'[{at}, "m", "more follows: go on from here"]\n'.encode()
            return
        yield line
    if not began:
        yield from _beginning(head, (columns, rows), recent, at_us)


def _beginning(
    head: dict[str, object], size: tuple[int, int], recent: Iterable[tuple[str, str]], at_us: int
) -> Iterator[bytes]:
    from broker.reading.picture import Picture  # noqa: PLC0415 (an emulator, for who asks for a part of a replay)

    picture = Picture(*size)
    for code, text in recent:
        if code == "o":
            picture.feed(text)
        else:
            size = _size(text, size)
            picture.resize(*size)
    yield json.dumps(head | {"width": size[0], "height": size[1]}, ensure_ascii=False).encode() + b"\n"
    seconds = f"{at_us // 1_000_000}.{at_us % 1_000_000:06d}"
    yield f'[{seconds}, "o", {json.dumps(picture.drawing(), ensure_ascii=False)}]\n'.encode()


def _size(text: str, before: tuple[int, int]) -> tuple[int, int]:
    columns, _, rows = text.partition("x")
    return (int(columns), int(rows)) if columns.isdecimal() and rows.isdecimal() else before
