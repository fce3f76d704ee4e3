"""``[conduit.screening]``: what is asked of files, from the charter's table to a domain value."""

import re
from dataclasses import replace

from domain.screening import LARGEST_MIB, FileKind, FileRules
from policies.charter.ssh_keys import public_key
from policies.charter.table import Table
from policies.charter.wording import UnusableError

MIB = 1024 * 1024
ENDING = re.compile(r"(\.[a-z0-9_-]{1,20}){1,3}", re.ASCII)
SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
MOST_EXPECTED = 10_000
MOST_KEYS = 64


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
    rules = replace(rules, signed_by=_keys(table))
    if len(rules.expected) > MOST_EXPECTED:
        table.fault("expected", f"it names {len(rules.expected)} files.", f"Name {MOST_EXPECTED} at most.")
    if not table.done():
        conduit.sound = False
    return rules


def _keys(table: Table) -> frozenset[str]:
    """The keys of those who sign files."""
    texts = table.texts("signed_by") if table.has("signed_by") else ()
    found = set()
    for text in texts:
        try:
            found.add(public_key(text))
        except UnusableError as error:
            table.fault("signed_by", str(error), error.remedy, text)
    if len(found) > MOST_KEYS:
        table.fault("signed_by", f"it names {len(found)} keys.", f"Name {MOST_KEYS} at most.")
    return frozenset(found)


def _matching(table: Table, key: str, form: re.Pattern[str], what: str, remedy: str) -> frozenset[str]:
    if not table.has(key):
        return frozenset()
    texts = table.texts(key)
    for text in texts:
        if form.fullmatch(text) is None:
            table.fault(key, f"'{text:.70}' is not {what}.", remedy, text)
    return frozenset(texts)
