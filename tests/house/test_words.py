"""One word per thing: what the product says is said in the plant's words."""

import re
from pathlib import Path

from tests.house.repository import text, texts

NEVER = re.compile(
    r"\b(bastion hosts?|multi-?tenan\w+|tenants?|audit trails?|tickets?|whitelists?|blacklists?)\b",
    re.IGNORECASE,
)
NEVER_SHOWN = re.compile(r"\b(users?|targets?)\b(?! (name|verification|agent))", re.IGNORECASE)

ALLOWED: dict[str, frozenset[str]] = {}
"""Where one of these words is meant as somebody else's: a peer's name for it, a quoted standard."""


def said(path: str, pattern: re.Pattern[str], content: str) -> list[str]:
    found = {match.group().lower() for match in pattern.finditer(content)}
    return [f"{path}: {word}" for word in sorted(found - ALLOWED.get(path, frozenset()))]


def test_the_product_never_uses_another_trade_s_words() -> None:
    product = texts(
        ".py", ".md", ".html", ".js", ".toml", under=("domain", "policies", "approvals", "recorder")
    )
    product += texts(".py", ".md", ".html", ".js", ".toml", under=("broker", "deploy", "docs"))
    product += [path for path in texts(".md") if "/" not in path]
    assert not [line for path in product for line in said(path, NEVER, text(path))]


def test_what_a_page_shows_speaks_of_persons_and_assets() -> None:
    lines = []
    for path in texts(".html", under=("broker/console",)):
        shown = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<[^>]*>", " ", text(path), flags=re.DOTALL)
        lines += said(path, NEVER_SHOWN, shown)
    assert not lines


def test_pages_hold_no_script_and_no_style_of_their_own() -> None:
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|\son[a-z]+\s*=\s*[\"']|\sstyle\s*=", re.IGNORECASE
    )
    assert not [path for path in texts(".html", under=("broker",)) if inline.search(text(path))]


def test_every_document_begins_with_its_title() -> None:
    for path in texts(".md"):
        first = text(path).lstrip().partition("\n")[0]
        assert first.startswith("# "), f"{path} begins with {first!r}"
        assert Path(path).name != "NOTES.md"
