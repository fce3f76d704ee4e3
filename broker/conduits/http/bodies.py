"""What follows a head: so many bytes, chunks as llhttp reads them, or all until the connection ends. Pure."""

import re
from collections.abc import Iterator

import httptools

ENDLESS = -1
"""The length of a body that ends with its connection."""

MOST_BETWEEN_BYTES = 16 * 1024
"""What may stand between two pieces of a body in chunks, or behind the last: sizes, extensions, trailing fields."""

_EACH_BYTES = 64
"""Around one piece: its size, twice the end of a line, and some extension."""

_EMPTY_LINE = re.compile(rb"(?:\A|(?<=\n))\r?\n")
"""Chunks end with one. Whatever comes is given to llhttp up to the next, so where they ended is known."""


class MalformedError(Exception):
    """What came is no message of one meaning: why, in a sentence."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Heard:
    """What llhttp says of one message. It calls these by their names."""

    __slots__ = ("begun", "fields", "pieces", "target", "whole")

    def __init__(self) -> None:
        self.begun = self.whole = False
        """Whether its head is over, and whether all of it is."""
        self.target = b""
        self.fields: list[tuple[bytes, bytes]] = []
        """Of the head; what trails a body is nobody's."""
        self.pieces: list[bytes] = []

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.begun:
            self.fields.append((name, value))

    def on_headers_complete(self) -> None:
        self.begun = True

    def on_body(self, body: bytes) -> None:
        self.pieces.append(body)

    def on_message_complete(self) -> None:
        self.whole = True


class Body:
    """The body of one message, piece by piece."""

    def __init__(
        self,
        heard: Heard,
        parser: httptools.HttpRequestParser | httptools.HttpResponseParser,
        length: int | None,
    ) -> None:
        """``parser`` has read the head, and tells ``heard``; ``length`` is None of one in chunks, ENDLESS of one without an end."""
        self.chunked = length is None
        self._left = length or 0
        self._heard = heard if self.chunked else None
        self._parser = parser if self.chunked else None
        self._between = 0

    @property
    def endless(self) -> bool:
        """Whether it is whole only when its connection ends."""
        return self._left == ENDLESS

    @property
    def whole(self) -> bool:
        """Whether all of it came."""
        return self._left == 0 if self._heard is None else self._heard.whole

    def take(self, data: bytes) -> tuple[list[bytes], int]:
        """What is the body's in ``data``, piece by piece, and how many bytes of ``data`` that took. MalformedError."""
        if self._heard is not None and self._parser is not None:
            return self._unchunked(self._heard, self._parser, data)
        if self.endless:
            return [data], len(data)
        count = min(self._left, len(data))
        self._left -= count
        return [data[:count]], count

    def _unchunked(
        self, heard: Heard, parser: httptools.HttpRequestParser | httptools.HttpResponseParser, data: bytes
    ) -> tuple[list[bytes], int]:
        at = 0
        try:
            for empty in _EMPTY_LINE.finditer(data):
                parser.feed_data(data[at : empty.end()])
                at = empty.end()
                if heard.whole:
                    break
            else:
                parser.feed_data(data[at:])
                at = len(data)
        except httptools.HttpParserError as error:
            raise MalformedError(f"Its chunks are none: {error}.") from None
        plain, heard.pieces = heard.pieces, []
        self._between = at - sum(map(len, plain)) + (0 if plain else self._between)
        if self._between > MOST_BETWEEN_BYTES + len(plain) * _EACH_BYTES:
            raise MalformedError("There is too much between its chunks.")
        return plain, at


def chunks(pieces: list[bytes]) -> Iterator[bytes]:
    """Each of the pieces as one chunk; nothing of nothing, which would be the end."""
    return (b"%x\r\n%b\r\n" % (len(one), one) for one in pieces if one)


LAST_CHUNK = b"0\r\n\r\n"
