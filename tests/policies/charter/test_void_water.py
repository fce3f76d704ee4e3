"""The void report over a charter of a real size: a second copy of the example, with six gaps in it."""

import re
from datetime import UTC, datetime

from policies.charter.documents import read_charter
from policies.charter.void import Kind, void_report
from tests.policies.water import AT, seeded, water_files

END = "from = 2026-01-01\nuntil = 2028-01-01\n"


def block(right: str, boundary: str) -> str:
    """One ``[[right]]`` of the example, as it stands."""
    text = water_files()["rights.toml"].decode()
    found = re.search(
        rf'\[\[right\]\]\nright = "{right}"\nboundary = "{boundary}"\n.*?\nuntil = [^\n]*\n', text, re.DOTALL
    )
    assert found, f"no {right} over {boundary}"
    return found[0]


def six_gaps() -> dict[str, bytes]:
    """Nobody for a second key; a term that ended; an heir who never attested; no deputy; one person for two; a modem."""
    hill, quay = block("connect", "hooglaan"), block("connect", "zuidkade")
    heir = quay.replace('"joost"', '"sanne"', 1).replace('deputy = "sanne"', 'deputy = "joost"')
    handed = (
        quay.replace("until = 2028-01-01", "until = 2026-09-01")
        + "\n"
        + heir.replace("from = 2026-01-01", "from = 2026-09-01")
    )
    dosing, key = block("connect", "aver-dosing"), block("safety", "aver-safety")
    return seeded(
        ("rights.toml", block("safety", "zuid-safety"), ""),
        ("rights.toml", hill, hill.replace("until = 2028-01-01", "until = 2026-11-01")),
        ("rights.toml", quay, handed),
        ("rights.toml", dosing, dosing.replace('deputy = "annelies"\n', "")),
        ("rights.toml", key, key.replace('holder = "hilde"', 'holder = "annelies"')),
        ("pathways.toml", 'status = "excepted"', 'status = "ungoverned"'),
    )


def test_exactly_the_six_gaps_that_were_made_are_found() -> None:
    """J01, S-01, S-03, S-09: each once, in its place, with who is told."""
    report = void_report(read_charter(six_gaps()), AT)
    found = {(one.kind, str(one.right or ""), one.boundary) for one in report.voids}
    assert found == {
        (Kind.VACANT, "safety", "zuid-safety"),
        (Kind.EXPIRED, "connect", "hooglaan"),
        (Kind.OVERDUE_ATTESTATION, "connect", "zuidkade"),
        (Kind.SINGLE_POINT, "connect", "aver-dosing"),
        (Kind.CONFLICTED, "safety", "aver-safety"),
        (Kind.UNGOVERNED, "", "zuid-sludge"),
    }
    assert len(report.voids) == 6
    assert all(one.steps[-1].person for one in report.voids)


def test_the_clock_of_each_begins_with_its_cause() -> None:
    """B04: not with the look."""
    since = {one.kind: one.since for one in void_report(read_charter(six_gaps()), AT).voids}
    assert since[Kind.EXPIRED] == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert since[Kind.OVERDUE_ATTESTATION] == datetime(2026, 9, 30, 22, tzinfo=UTC)
