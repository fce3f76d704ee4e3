"""Lists in parts: an opaque place in a list, written into the link that leads on (RFC 8288).

A place names the last thing that was given, by what never changes about it. So whatever is added or taken away
meanwhile, nothing is given twice and nothing that was there is left out.
"""

import base64
import hashlib
import json
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable
from typing import Annotated, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from broker.console.refusals import RefusalError

LONGEST_CURSOR = 400
USUAL, MOST = 50, 200

One = TypeVar("One")
Place = tuple[int | str, ...]


class Part(BaseModel):
    """One part of a list."""

    next: str | None = Field(
        examples=["/api/v1/permits?limit=50&cursor=WyJhYmMi"],
        description="Where to go on, as the `Link` header says too; null at the end. A part may be shorter "
        "than `limit`, or empty, and still not be the last.",
    )


class Paging:
    """Where a request wants to go on, and how much it wants."""

    def __init__(
        self,
        request: Request,
        response: Response,
        limit: Annotated[int, Query(ge=1, le=MOST, description="How many at most.")] = USUAL,
        cursor: Annotated[
            str | None,
            Query(
                max_length=LONGEST_CURSOR,
                description="From a `next` link, as it is; good for the list and the filters that it came from.",
            ),
        ] = None,
    ) -> None:
        self.limit = limit
        self._request = request
        self._response = response
        self._cursor = cursor

    def after(self, *kinds: type[int] | type[str]) -> Place | None:
        """The place after which to go on, of values of these kinds; None at the beginning."""
        if self._cursor is None:
            return None
        try:
            return read(self._cursor, self._list(), kinds)
        except ValueError as error:
            raise RefusalError(
                422,
                "bad_cursor",
                "This cursor leads nowhere in this list.",
                "Take the `next` link as it is, or begin without a cursor.",
            ) from error

    def next(self, place: Place | None) -> str | None:
        """The link that goes on after ``place``, which the answer's header gets too; None at the end."""
        if place is None:
            return None
        kept = [(name, text) for name, text in self._request.query_params.multi_items() if name != "cursor"]
        query = urlencode([*kept, ("cursor", write(self._list(), place))])
        link = f"{self._request.url.path}?{query}"
        self._response.headers["link"] = f'<{link}>; rel="next"'
        return link

    def cut(
        self, ones: Iterable[One], place_of: Callable[[One], Place], *, newest_first: bool = False
    ) -> tuple[tuple[One, ...], str | None]:
        """The part of a list that is at hand as a whole, in the order of its places, and the link that goes on."""
        placed = sorted(
            ((place_of(one), one) for one in ones), key=lambda each: each[0], reverse=newest_first
        )
        after = self.after(*(type(value) for value in placed[0][0])) if placed else None
        if after is not None:
            placed = [each for each in placed if (each[0] < after if newest_first else each[0] > after)]
        part = placed[: self.limit]
        more = len(placed) > self.limit
        return tuple(one for _place, one in part), self.next(part[-1][0] if more else None)

    def _list(self) -> str:
        """What a cursor is good for: this list, narrowed down as it is."""
        names = sorted(
            (name, text)
            for name, text in self._request.query_params.multi_items()
            if name not in {"cursor", "limit"}
        )
        said = f"{self._request.url.path}?{urlencode(names)}"
        return hashlib.sha256(said.encode()).hexdigest()[:12]


Paged = Annotated[Paging, Depends()]


def write(list_: str, place: Place) -> str:
    """A place as a cursor."""
    text = json.dumps([list_, *place], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(cursor: str, list_: str, kinds: Iterable[type]) -> Place:
    """The place that ``write`` wrote for this very list; ValueError for anything else."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        name, *place = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (Base64Error, UnicodeError, TypeError, RecursionError) as error:
        raise ValueError("no cursor") from error
    if name != list_ or [type(value) for value in place] != list(kinds):
        raise ValueError("another list's cursor")
    if any(isinstance(value, int) and not 0 <= value < 2**63 for value in place):
        raise ValueError("no place")
    return tuple(place)
