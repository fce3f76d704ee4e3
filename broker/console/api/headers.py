"""What the API reads in a request's headers, and what a reading is named by. Pure; RFC 9110 where no other is named."""

import hashlib
import json
import re
from collections.abc import Iterable

JSON = "application/json"

_WEIGHT = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.ASCII | re.IGNORECASE)
_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_KEY = re.compile(r'"([\x20-\x21\x23-\x5b\x5d-\x7e]{1,128})"|([A-Za-z0-9._~+/=:-]{1,128})', re.ASCII)
"""A structured field's string without escapes, as the draft asks; or the same bare, as most clients send it."""


def admits(accept: str | None, kind: str) -> bool:
    """Whether who sent this ``Accept`` takes an answer of media type ``kind`` (section 12.5.1). None takes all."""
    if accept is None or not accept.strip():
        return True
    family = kind.partition("/")[0]
    best: tuple[int, float] = (-1, 0.0)
    for one in accept.split(","):
        name, *parameters = (part.strip().lower() for part in one.split(";"))
        rank = {"*/*": 0, f"{family}/*": 1, kind: 2}.get(name, -1)
        best = max(best, (rank, _weight(parameters)))
    return best[0] >= 0 and best[1] > 0


def is_json(content_type: str | None) -> bool:
    """Whether a body of this ``Content-Type`` is JSON, which is UTF-8 (RFC 8259 section 8.1)."""
    kind, *parameters = (part.strip().lower() for part in (content_type or "").split(";"))
    return kind == JSON and all(one.replace('"', "") in {"", "charset=utf-8"} for one in parameters)


def etag_of(value: object) -> str:
    """A strong validator of a JSON value: another one when anything in it is another."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def named(field: str | None, etag: str, *, strong: bool) -> bool:
    """Whether ``If-Match`` (``strong``) or ``If-None-Match`` names this validator (sections 13.1.1, 13.1.2)."""
    if field is None:
        return False
    if field.strip() == "*":
        return True
    found: Iterable[str] = _TAG.findall(field)
    return etag in (found if strong else [one.removeprefix("W/") for one in found])


def key_of(field: str) -> str | None:
    """The idempotency key that the header holds; None when it holds none that can be kept."""
    found = _KEY.fullmatch(field.strip())
    return None if found is None else found[1] or found[2]


def _weight(parameters: Iterable[str]) -> float:
    for one in parameters:
        if found := _WEIGHT.fullmatch(one.replace(" ", "")):
            return float(found[1])
    return 1.0
