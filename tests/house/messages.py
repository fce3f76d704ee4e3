"""The message catalogues: what the code and the pages say is taken out of them, and put into every language's file."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from broker.console.tongues import CATALOGUES, ENGLISH, LANGUAGES
from tests.house.repository import HERE, modules, text, texts

SAYING = {"say": None, "say_n": (1, 2)}
MARKED = {"_": None, "gettext": None, "ngettext": (1, 2)}
BEGUN = datetime(2026, 11, 21, tzinfo=UTC)
"""In every catalogue's head: when it was written is git's to know, and would be another line at every change."""


@cache
def said() -> tuple[tuple[str, ...], ...]:
    """Every message, each once, in order: alone, or with its plural."""
    return tuple(sorted(set(_found())))


def _found() -> Iterator[tuple[str, ...]]:
    for path in modules("domain", "policies", "approvals", "broker"):
        if "from domain.said import" in text(path):
            for _line, message, _comments, _context in extract_from_file(
                "python", HERE / path, keywords=SAYING
            ):
                yield (message,) if isinstance(message, str) else tuple(message)
    for path in texts(".html", under=("broker/console",)):
        options = {"trimmed": "true", "silent": "false"}
        for _line, message, _comments, _context in extract_from_file(
            "jinja2.ext:babel_extract", HERE / path, keywords=MARKED, options=options
        ):
            yield (message,) if isinstance(message, str) else tuple(message)


def path_of(tag: str) -> Path:
    """Where a language's catalogue lies."""
    return CATALOGUES / f"{tag}.po"


@cache
def kept(tag: str) -> Catalog:
    """A language's catalogue as it is."""
    if not path_of(tag).exists():
        return _empty(tag)
    with path_of(tag).open("rb") as file:
        return read_po(file, locale=tag)


def catalogue(tag: str) -> str:
    """A language's catalogue with exactly the messages that are said; what is new in it is empty."""
    old, new = kept(tag), _empty(tag)
    for one in said():
        known = old.get(one if len(one) > 1 else one[0])
        new.add(one if len(one) > 1 else one[0], known.string if known is not None else "")
    out = BytesIO()
    write_po(out, new, width=0, no_location=True, sort_output=True)
    return out.getvalue().decode()


def _empty(tag: str) -> Catalog:
    return Catalog(
        locale=tag,
        project="Penstock",
        version="1",
        msgid_bugs_address="the project",
        last_translator="Penstock",
        language_team=LANGUAGES[tag],
        header_comment=f"# {LANGUAGES[tag]}. Messages come and go by `make docs`; the words are this file's.",
        creation_date=BEGUN,
        revision_date=BEGUN,
        fuzzy=False,
    )


CATALOGUE_PAGES = {str(path_of(tag).relative_to(HERE)): tag for tag in LANGUAGES if tag != ENGLISH}
