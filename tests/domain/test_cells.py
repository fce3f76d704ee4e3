import pytest

from domain.cells import plain_cell


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1-1", "@SUM(A1)", "\t=1", " =1", "-", "--1", "-1.", "-.5", "-1e5", "-٣"]
)
def test_what_a_spreadsheet_would_reckon_is_text(text: str) -> None:
    assert plain_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "-5", "-0.25", "12", "unit 3: a = 5", "'=1", "2026-03-01T12:00:00Z"])
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert plain_cell(text) == text
