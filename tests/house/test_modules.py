"""Modules: short, named for their idea, tested by a file of the same name, and finished."""

import ast
import re
import sys
from pathlib import Path

import grimp
import pytest

from tests.house.repository import HERE, PACKAGES, modules, text, texts

LONGEST_LINES = 500
ABOVE = PACKAGES[1:]

COVERED_ELSEWHERE: dict[str, str] = {}
"""Modules whose test has another name, each with the file that tests it. A reason belongs beside each."""


def test_no_module_is_longer_than_its_reader_s_patience() -> None:
    long = {path: count for path in texts(".py") if (count := len(text(path).splitlines())) > LONGEST_LINES}
    assert not long, f"split these, each hides more than one idea: {long}"


def test_of_every_module(path: str) -> str:
    """Where the test of a module lives."""
    place = Path(path)
    return COVERED_ELSEWHERE.get(path, str("tests" / place.parent / f"test_{place.name}"))


test_of_every_module.__test__ = False  # type: ignore[attr-defined]  # a function that only looks like a test


def test_every_module_has_its_test_file() -> None:
    exempt = {"__init__.py", "__main__.py"}
    missing = [
        path
        for path in modules()
        if Path(path).name not in exempt
        and "/migrations/" not in path
        and not (HERE / test_of_every_module(path)).is_file()
    ]
    assert not missing, f"no tests/…/test_<name>.py for: {missing}"


def test_nothing_is_left_to_do_in_a_comment() -> None:
    mark = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    found = [
        path
        for path in texts(".py", ".js", ".html", ".css", ".toml", ".sh")
        if path != "tests/house/test_modules.py" and mark.search(text(path))
    ]
    assert not found, f"finish it or write it into the changelog: {found}"


def test_no_class_is_named_for_nothing() -> None:
    empty = re.compile(r"(Manager|Handler|Helper|Utils?|Base|Data|Info)$")
    found = [
        f"{path}: {node.name}"
        for path in modules()
        for node in ast.walk(ast.parse(text(path)))
        if isinstance(node, ast.ClassDef) and empty.search(node.name)
    ]
    assert not found, f"name it for what it is: {found}"


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    drawer = re.compile(r"(^|_)(utils?|helpers?|common|misc|base|manager)(_|$)")
    assert not [path for path in modules() if drawer.search(Path(path).stem)]


def test_every_exception_from_a_rule_gives_its_code() -> None:
    bare = re.compile(r"#\s*(noqa(?!:)|type:\s*ignore(?!\[))")
    assert not [
        path for path in texts(".py") if bare.search(text(path)) and not path.startswith("tests/house/")
    ]


LENT_TO_ONE = {
    "domain.exceptions": "a thing of the charter, beside the others",
    "domain.notice": "what approvals find due and the broker carries: neither owns the other's word for it",
    "domain.output": "what pure filters answer: beside the words of their evidence, not beside sockets",
}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("domain", *ABOVE, include_external_packages=True, cache_dir=None)


def test_every_domain_module_is_plain_and_shared(graph: grimp.ImportGraph) -> None:
    for module in graph.find_descendants("domain"):
        needs = {name.split(".")[0] for name in graph.find_modules_directly_imported_by(module)}
        users = {name.split(".")[0] for name in graph.find_modules_that_directly_import(module)}
        assert needs <= sys.stdlib_module_names | {"domain"}, f"{module} is not plain"
        shared = "domain" in users or len(users) > 1 or module in LENT_TO_ONE
        assert shared, f"{module} is used by {users or 'nobody'}: move it there"


def test_no_subprocess_goes_through_a_shell() -> None:
    shell = re.compile(r"shell\s*=\s*True|os\.(system|popen)\(|create_subprocess_shell")
    assert not [path for path in modules() if shell.search(text(path))]


def test_no_asset_s_host_key_goes_unchecked() -> None:
    assert not [path for path in modules() if re.search(r"known_hosts\s*=\s*None", text(path))]
