"""What the frames say whose payload is not bytes that crossed: canonical JSON, one function each."""

from collections.abc import Mapping

from domain.canonical import Json, canonical, parse
from domain.errors import EvidenceError, PenstockError

Told = Mapping[str, Json]


def channel_opened(
    passage: str,
    *,
    command: str = "",
    terminal: str = "",
    columns: int = 0,
    rows: int = 0,
    environment: Mapping[str, str] | None = None,
) -> bytes:
    """A channel was let through. ``terminal`` is its type (``xterm-256color``), empty without one."""
    return canonical(
        {
            "passage": passage,
            "command": _clean(command),
            "terminal": _clean(terminal),
            "columns": columns,
            "rows": rows,
            "environment": {_clean(name): _clean(value) for name, value in (environment or {}).items()},
        }
    )


def resize(columns: int, rows: int) -> bytes:
    """The vendor's terminal has a new size, in characters."""
    return canonical({"columns": columns, "rows": rows})


def eof(side: str) -> bytes:
    """``vendor`` or ``asset`` will send no more on this channel."""
    return canonical({"from": side})


def signal(name: str) -> bytes:
    """The vendor's client sent a signal, named as in RFC 4254 section 6.10: ``INT``."""
    return canonical({"signal": _clean(name)})


def exit_status(status: int | None, *, signal: str = "") -> bytes:
    """The program at the asset ended: with a status, or by a signal (RFC 4254 section 6.10)."""
    return canonical({"status": status, "signal": _clean(signal)})


def channel_closed(cause: str) -> bytes:
    """Both sides of the channel are closed."""
    return canonical({"cause": _clean(cause)})


def mark(name: str, **fields: Json) -> bytes:
    """Something the gate did or said; ``name`` is a constant such as ``refused`` or ``warned``."""
    return canonical({"mark": name, **{key: _clean_json(value) for key, value in fields.items()}})


def hidden(count: int) -> bytes:
    """So many bytes were typed while the asset did not echo."""
    return canonical({"bytes": count})


def end(cause: str, frames: int, bytes_to_asset: int, bytes_to_vendor: int) -> bytes:
    """The last frame. ``frames`` counts those before it; the bytes are payload lengths."""
    return canonical(
        {
            "cause": _clean(cause),
            "frames": frames,
            "bytes_to_asset": bytes_to_asset,
            "bytes_to_vendor": bytes_to_vendor,
        }
    )


def read(payload: bytes) -> Told:
    """The object in such a payload; EvidenceError when it holds none."""
    try:
        document = parse(payload)
    except PenstockError as error:
        raise EvidenceError(f"A frame's text can't be read: {error}") from error
    if not isinstance(document, Mapping):
        raise EvidenceError("A frame's text is not an object.")
    return document


def _clean(text: str) -> str:
    """Text with lone surrogates (undecodable bytes of a hostile client) made visible, so that it has a form."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _clean_json(value: Json) -> Json:
    match value:
        case str():
            return _clean(value)
        case Mapping():
            return {_clean(key): _clean_json(item) for key, item in value.items()}
        case list() | tuple():
            return [_clean_json(item) for item in value]
        case _:
            return value
