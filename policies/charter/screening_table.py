"""``[conduit.screening]``: what is asked of files, from the charter's table to a domain value."""

import re

from domain.screening import LARGEST_MIB, FileKind, FileRules
from policies.charter.table import Table

MIB = 1024 * 1024
ENDING = re.compile(r"(\.[a-z0-9_-]{1,20}){1,3}", re.ASCII)
SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
MOST_EXPECTED = 10_000


def read_screening(conduit: Table) -> FileRules:
    """What the conduit asks of files; the strictest where it says nothing."""
    table = conduit.table("screening", "screening")
    if table is None:
        return FileRules()
    rules = FileRules(
        at_once=table.claim("at_once"),
        largest_bytes=table.number("largest_mib", 1, LARGEST_MIB) * MIB if table.has("largest_mib") else 0,
        endings=_matching(
            table, "endings", ENDING, "an ending", 'Write it in small letters and with its dot: ".bin".'
        ),
        kinds=table.choices("kinds", FileKind) if table.has("kinds") else frozenset(),
        expected=_matching(
            table,
            "expected",
            SHA256,
            "a SHA-256",
            "Write its 64 digits, 0 to 9 and a to f, as `sha256sum` does.",
        ),
    )
    if len(rules.expected) > MOST_EXPECTED:
        table.fault("expected", f"it names {len(rules.expected)} files.", f"Name {MOST_EXPECTED} at most.")
    if not table.done():
        conduit.sound = False
    return rules


def _matching(table: Table, key: str, form: re.Pattern[str], what: str, remedy: str) -> frozenset[str]:
    if not table.has(key):
        return frozenset()
    texts = table.texts(key)
    for text in texts:
        if form.fullmatch(text) is None:
            table.fault(key, f"'{text:.70}' is not {what}.", remedy, text)
    return frozenset(texts)
