"""Requirement rows and the tests that carry their ids: what ``docs/requirements.md`` is written from.

A test carries a row's id at the very beginning of its docstring: ``"B03: a delegation names …"``, or
several, ``"B03, J02: …"``; or one case of it does, in the ``id`` of its ``pytest.param``. Only there: an
id in passing promises nothing.
"""

import ast
import re
import tomllib
from dataclasses import dataclass
from functools import cache

from tests.house.repository import HERE, text, texts

CARRIED = re.compile(r"((?:S-\d{2}|[A-M]\d{2})(?:, (?:S-\d{2}|[A-M]\d{2}))*): \S")

TAKEN = (2, 3, 4, 6)
"""Issues whose rows must be proved, or stand among those that are still open."""

GROUPS = {
    "S": "What the source documents call for",
    "A": "Identity and authentication",
    "B": "Request, decision right and approval",
    "C": "Zones, conduits and reach",
    "D": "Session control",
    "E": "Recording and audit content",
    "F": "Audit protection, transparency log, time",
    "G": "Evidence life cycle and custody",
    "H": "Monitoring, response, availability",
    "I": "Vendor life cycle",
    "J": "Governance",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One acceptance row. ``issue`` is who takes it; ``rest`` what is still open once a part is proved."""

    id: str
    title: str
    issue: int | str
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """One test that carries an id."""

    path: str
    line: int
    name: str

    def sentence(self) -> str:
        """The test's name, read as the sentence that it is."""
        words = self.name.removeprefix("test_").replace("_", " ").strip()
        return re.sub(r"( [a-z]\d\d)+$", "", words)


@cache
def rows() -> tuple[Row, ...]:
    """Every row of the table, in its order."""
    written = tomllib.loads((HERE / "tests/house/requirements.toml").read_text("utf-8"))
    return tuple(
        Row(name, row["title"], row["issue"], row.get("rest", "")) for name, row in written["rows"].items()
    )


@cache
def still_open() -> frozenset[str]:
    """Rows whose issue is being worked on and whose tests are still to come."""
    return frozenset(tomllib.loads((HERE / "tests/house/requirements.toml").read_text("utf-8"))["open"])


@cache
def proofs() -> dict[str, tuple[Proof, ...]]:
    """The tests that carry each id, by path and line."""
    found: dict[str, list[Proof]] = {}
    for path in texts(".py", under=("tests/",)):
        for node in ast.walk(ast.parse(text(path))):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not node.name.startswith(
                "test_"
            ):
                continue
            for name in dict.fromkeys(carried_by(node)):
                found.setdefault(name, []).append(Proof(path, node.lineno, node.name))
    return {name: tuple(sorted(tests, key=lambda one: (one.path, one.line))) for name, tests in found.items()}


def carried_by(test: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """The ids that a test carries, or that one of its own cases does."""
    told = [ast.get_docstring(test) or ""]
    for decorator in test.decorator_list:
        told += [
            str(node.value.value)
            for node in ast.walk(decorator)
            if isinstance(node, ast.keyword) and node.arg == "id" and isinstance(node.value, ast.Constant)
        ]
    return [name for one in told if (match := CARRIED.match(one)) for name in match[1].split(", ")]


def status(row: Row) -> str:
    """Where the row stands, in words; never blank."""
    planned = f"issue {row.issue}" if isinstance(row.issue, int) else "a later issue"
    if not proofs().get(row.id):
        return f"planned: {planned}"
    if row.issue not in TAKEN and not row.rest:
        return f"proved in part; the rest: {planned}"
    return f"proved in part; open: {row.rest}" if row.rest else "proved"


def requirements_page(note: str) -> str:
    """Row, test, status: every row, none of the three blank."""
    lines = [
        "# Requirements",
        "",
        note.format(source="`tests/house/requirements.toml` and the tests that carry a row's id"),
        "What the product answers to, row by row. The wording is our own short paraphrase. A row is proved when a test",
        "that carries its id passes; how a test carries one: [extending.md](extending.md#a-requirement).",
        "",
    ]
    for letter, heading in GROUPS.items():
        lines += [f"## {letter}: {heading}", "", "| row | what | tests | status |", "|---|---|---|---|"]
        for row in (one for one in rows() if one.id[0] == letter):
            tests = "; ".join(f"[{one.sentence()}](../{one.path})" for one in proofs().get(row.id, ()))
            lines.append(f"| {row.id} | {row.title} | {tests or 'none yet'} | {status(row)} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"
