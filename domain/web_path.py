"""The path of a request to a web server, in its one written form. What two readers could take for two places is none. Pure.

RFC 3986, section 6.2.2: an unreserved character stands for itself, another escape in capitals. Nothing is resolved: a path
that would have to be (``..``, an escaped slash, an escape of an escape) is refused instead.
"""

import re
from unicodedata import normalize
from urllib.parse import unquote_to_bytes

LONGEST_PATH = 1024

_ESCAPE = re.compile("%([0-9A-Fa-f]{2})?")
_ESCAPED = re.compile("%[0-9A-Fa-f]{2}")
_SIMPLE = re.compile("(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+/?|/", re.ASCII)
"""Nothing to decode, to resolve or to mistake: what almost every path is."""
_PLAIN = re.compile(r"[\x21-\x7e]*", re.ASCII)
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_ALL_BELOW = "/*"


def web_path(text: str) -> str:
    """``text`` as it is judged, and sent; ValueError with a sentence for a person where it has more than one reading."""
    if len(text) <= LONGEST_PATH and _SIMPLE.fullmatch(text):
        return text
    if not text.startswith("/") or text.startswith("//"):
        raise ValueError("a path begins with one '/'")
    if len(text) > LONGEST_PATH:
        raise ValueError(f"a path has at most {LONGEST_PATH} characters")
    if not _PLAIN.fullmatch(text) or any(one in text for one in "\\?#"):
        raise ValueError(
            "a path has no blank, no '\\', '?' or '#', and nothing beyond ASCII that is not escaped"
        )
    escapes = [found[1] for found in _ESCAPE.finditer(text)]
    if None in escapes:
        raise ValueError("a '%' in a path is followed by two hexadecimal digits")
    if {"2F", "5C"} & {one.upper() for one in escapes}:
        raise ValueError("a path escapes no slash")
    _check_meaning(unquote_to_bytes(text))
    return _ESCAPE.sub(_written, text)


def path_pattern(text: str) -> str:
    """A path, or all below one (``/status/*``), in its one written form; ValueError with a sentence for a person."""
    below = text.endswith(_ALL_BELOW)
    path = web_path(text[:-1] if below else text)
    if "*" in path:
        raise ValueError("a '*' stands for all below a path, at its end: /status/*")
    return f"{path}*" if below else path


def covers(pattern: str, path: str) -> bool:
    """Whether ``path``, or the pattern that it is, lies within ``pattern``. Both in their one written form."""
    return path.startswith(pattern[:-1]) if pattern.endswith(_ALL_BELOW) else path == pattern


def _check_meaning(octets: bytes) -> None:
    try:
        # Some servers fold look-alikes (a full-width dot) into ASCII once they have decoded a path.
        meant = normalize("NFKC", octets.decode())
    except UnicodeDecodeError:
        raise ValueError("what a path escapes is UTF-8") from None
    if _ESCAPED.search(meant):
        raise ValueError("a path escapes no escape")
    if _CONTROL.search(meant):
        raise ValueError("a path escapes no control character")
    if meant.count("/") != octets.count(b"/") or "\\" in meant:
        raise ValueError("a path escapes no slash, and nothing that looks like one")
    for segment in meant.split("/"):
        name = segment.partition(";")[0]  # some servers resolve ``..;x`` as they do ``..``
        if name and not name.strip(". "):
            raise ValueError("a path has no '.' or '..' between its slashes")


def _written(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if character in _UNRESERVED else f"%{escape[1].upper()}"
