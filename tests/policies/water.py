"""The water utility that ships as an example: a charter of a real size to decide on."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from policies.charter.charter import Charter
from policies.charter.documents import FILES, read_charter

WATER = Path(__file__).parents[2] / "docs" / "examples" / "water-utility"
AT = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
"""An instant at which every window of the example is open."""


def water_files() -> dict[str, bytes]:
    """The example's files, as they are shipped."""
    return {name: (WATER / name).read_bytes() for name in FILES}


@cache
def water() -> Charter:
    """The example, read once."""
    return read_charter(water_files())


def seeded(*edits: tuple[str, str, str], given: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """The example's files after ``edits`` (file, old, new): each old text must be there, and is replaced once."""
    found = dict(given or water_files())
    for name, old, new in edits:
        text = found[name].decode()
        assert old in text, f"{name} holds no {old!r}"
        found[name] = text.replace(old, new, 1).encode()
    return found
