"""Every row of the requirements has a test that carries its id, or says which issue will write it."""

import ast

from tests.house.requirements import CARRIED, GROUPS, TAKEN, carried_by, proofs, rows, status, still_open


def test_every_row_that_is_taken_has_a_test_with_its_id() -> None:
    bare = [
        row.id
        for row in rows()
        if row.issue in TAKEN and row.id not in proofs() and row.id not in still_open()
    ]
    assert not bare, "write a test whose docstring begins with the row's id, or say who takes the row"


def test_every_id_that_a_test_carries_is_a_row_of_the_table() -> None:
    groups = tuple(GROUPS)
    assert not {name for name in proofs() if name.startswith(groups)} - {row.id for row in rows()}


def test_nothing_on_the_page_is_blank() -> None:
    assert all(row.title and status(row) for row in rows())
    expected = {
        "S": 46,
        "A": 13,
        "B": 17,
        "C": 17,
        "D": 18,
        "E": 16,
        "F": 20,
        "G": 14,
        "H": 16,
        "I": 14,
        "J": 18,
    }
    assert {letter: sum(row.id[0] == letter for row in rows()) for letter in GROUPS} == expected


def test_an_id_counts_only_at_the_beginning_of_a_docstring() -> None:
    assert CARRIED.match("B03: a delegation names its actions.")
    assert CARRIED.match("B03, S-08: both.")
    assert not CARRIED.match("As B03 says: no.")
    assert not CARRIED.match("B03")


def test_a_case_carries_an_id_as_its_test_does() -> None:
    source = """
@pytest.mark.parametrize("a", [pytest.param(1, id="C06: a broker in a control zone"), pytest.param(2, id="other C07: x")])
def test_x(a):
    "B03, J02: both."
"""
    (test,) = ast.parse(source).body
    assert isinstance(test, ast.FunctionDef)
    assert carried_by(test) == ["B03", "J02", "C06"]
