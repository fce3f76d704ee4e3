"""One byte form for one value, so that a digest or a signature over it means something.

RFC 8785 (JSON Canonicalization Scheme), restricted to what our documents hold: objects with
string keys, arrays, strings, booleans, null, and integers that every JSON reader keeps exact.
Floats are refused: their canonical form is where implementations differ.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from domain.errors import PenstockError

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]

MAX_SAFE_INTEGER = 2**53 - 1  # RFC 8785 section 3.2.2.3, I-JSON (RFC 7493)


def canonical(document: Json) -> bytes:
    """The RFC 8785 bytes of ``document``; ValueError for what has no such form (see above)."""
    return _written(_ordered(document)).encode()  # a lone surrogate raises UnicodeEncodeError, a ValueError


def parse(data: bytes) -> Json:
    """The value whose canonical bytes are exactly ``data``; PenstockError for any other bytes.

    Strict, so that two different byte strings can never stand for one permit: duplicate keys,
    white space, other number forms and other key orders all fail the comparison at the end.
    """
    try:
        document: Json = _read(data.decode("utf-8"))
        # Most bytes are ASCII and right: then the library's own order is ours, and ten times as fast.
        same = (data.isascii() and _sorted(document).encode() == data) or canonical(document) == data
    except (ValueError, RecursionError) as error:
        raise PenstockError(f"These bytes are not canonical JSON: {error}.") from error
    if not same:
        raise PenstockError("These bytes are JSON, but not in canonical form (RFC 8785).")
    return document


def instant_text(instant: datetime) -> str:
    """RFC 3339 in UTC with ``Z``; microseconds only when there are any."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def instant_of(text: str) -> datetime:
    """The instant that ``instant_text`` wrote; ValueError for any other form."""
    if not text.endswith("Z"):
        raise ValueError(f"{text!r} is not an instant in UTC")
    instant = datetime.fromisoformat(text)
    if instant_text(instant) != text:
        raise ValueError(f"{text!r} is not an instant in its one written form")
    return instant


def text_of(value: Json) -> str:
    """``value``, of a document that must have text there; TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} must be text")
    return value


def texts_of(value: Json) -> tuple[str, ...]:
    """``value``, of a document that must have a list of texts there; TypeError for anything else."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError(f"{value!r} must be a list")
    return tuple(map(text_of, value))


def number_of(value: Json) -> int:
    """``value``, of a document that must have a whole number there; TypeError for anything else."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} must be a whole number")
    return value


def object_of(value: Json) -> Mapping[str, Json]:
    """``value``, of a document that must have an object there; TypeError for anything else."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r} must be an object")
    return value


def text_in(document: Mapping[str, Json], name: str) -> str:
    """The text that a leaf has under ``name``; "" for none or anything else: what is read for people goes on."""
    value = document.get(name)
    return value if isinstance(value, str) else ""


def texts_in(document: Mapping[str, Json], name: str) -> tuple[str, ...]:
    """The list that a leaf has under ``name``, each as text; () for none or anything else."""
    value = document.get(name)
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()


def _exact(digits: str) -> int:
    value = int(digits)
    if abs(value) > MAX_SAFE_INTEGER:
        raise ValueError(f"{value} is not an exact JSON integer")
    return value


def _no_float(digits: str) -> float:
    raise ValueError(f"{digits} is no integer")


# Made once: a million leaves are read in a row.
_read = json.JSONDecoder(parse_int=_exact, parse_float=_no_float).decode
_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_sorted = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=True).encode


def _ordered(value: Json) -> Json:
    if (
        type(value) is str
    ):  # most of what a document holds, and everything that is filed is put in order thrice
        return value
    match value:
        case None | bool() | str():
            return value
        case int():
            if abs(value) > MAX_SAFE_INTEGER:
                raise ValueError(f"{value} is not an exact JSON integer")
            return value
        case Mapping():
            if not all(isinstance(key, str) for key in value):
                raise ValueError("an object's keys must be strings")
            # RFC 8785 section 3.2.3: keys in the order of their UTF-16 code units, which for ASCII is its own.
            order = sorted(value) if all(map(str.isascii, value)) else sorted(value, key=_utf16)
            return {key: _ordered(value[key]) for key in order}
        case Sequence() if not isinstance(value, bytes | bytearray):
            return [_ordered(item) for item in value]
        case _:
            raise ValueError(f"{type(value).__name__} has no canonical form")


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-be")
