import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.charter.places import Path, Places
from tests.for_each import for_each

TEXT = '''# a comment with key = "value"
top = 1

[[asset]]
id = "one"
note = """
id = "not a key"
[[asset]]
"""
  [[ asset . endpoint ]] # spaced
  port = 1
[[asset.endpoint]]
port = 2
keys = [
  "a",
  'b', # "c"
]
[[asset]]
"id" = "two"
[[asset.endpoint]]
port = 3
[site.clock]
zone.name = "x"
'''


@for_each(
    ("path", "line"),
    [
        pytest.param(("top",), 2, id="a key of the file"),
        pytest.param(("asset", 0), 4, id="the first table of an array"),
        pytest.param(("asset", 0, "id"), 5, id="its key"),
        pytest.param(("asset", 0, "endpoint", 0), 10, id="a nested table, indented and spaced"),
        pytest.param(("asset", 0, "endpoint", 0, "port"), 11, id="its key, indented"),
        pytest.param(("asset", 0, "endpoint", 1, "port"), 13, id="the second nested table's key"),
        pytest.param(("asset", 1), 18, id="the second table, not the one inside the long string"),
        pytest.param(("asset", 1, "id"), 19, id="a key in quotes"),
        pytest.param(("asset", 1, "endpoint", 0, "port"), 21, id="nested counting begins anew"),
        pytest.param(("site", "clock"), 22, id="a table in a table"),
        pytest.param(("site", "clock", "zone", "name"), 23, id="a dotted key"),
        pytest.param(("asset", 0, "missing"), 4, id="a missing key stands where its table begins"),
        pytest.param(("asset", 7, "id"), 1, id="a missing table stands where the file begins"),
        pytest.param(("asset",), 4, id="several tables stand where the first begins"),
        pytest.param((), 1, id="the file"),
    ],
)
def test_a_path_is_found_at_its_line(path: Path, line: int) -> None:
    assert Places(TEXT).line(path) == line


@pytest.mark.parametrize(
    ("item", "line"),
    [
        pytest.param("a", 15, id="in double quotes"),
        pytest.param("b", 16, id="in single quotes"),
        pytest.param("x", 14, id="not there: where the list begins, never past its end"),
    ],
)
def test_an_item_of_a_list_is_found_at_its_own_line(item: str, line: int) -> None:
    assert Places(TEXT).line_of_item(("asset", 0, "endpoint", 1, "keys"), item) == line


def test_a_list_on_one_line_is_found_there() -> None:
    assert Places('a = ["x"]\nb = ["y"]').line_of_item(("a",), "x") == 1


def test_a_very_long_line_is_passed_over() -> None:
    assert Places(f"a = 1\nb = {'1' * 5000}\nc = 1").line(("c",)) == 3


@given(st.text(alphabet="ab=[]\"'.# \n\t"))
def test_any_text_has_places(text: str) -> None:
    lines = text.count("\n") + 1
    assert 1 <= Places(text).line(("a", 0, "b")) <= lines
    assert 1 <= Places(text).line_of_item(("a",), "b") <= lines
