import pytest

from policies.charter.documents import CharterError, read_charter
from tests.for_each import for_each
from tests.policies.plant import edited


@for_each(
    ("name", "old", "new", "line", "remedy"),
    [
        pytest.param(
            "vendors.toml",
            "from = 2026-01-01",
            "from = 01-01-2026",
            "01-01-2026",
            "2026-01-31",
            id="the day first",
        ),
        pytest.param(
            "vendors.toml",
            "from = 2026-01-01",
            "from = 2026/01/01",
            "2026/01/01",
            "2026-01-31",
            id="a date with slashes",
        ),
        pytest.param(
            "vendors.toml",
            "from = 2026-01-01",
            "from = 2026-1-1",
            "2026-1-1",
            "2026-01-31",
            id="one digit for a month",
        ),
        pytest.param(
            "vendors.toml",
            "from = 2026-01-01",
            "from = 2026-02-30",
            "2026-02-30",
            "calendar",
            id="a day that never is",
        ),
        pytest.param(
            "conduits.toml", '"4h"', "4h", "= 4h", "in quotes", id="a length of time without quotes"
        ),
        pytest.param(
            "conduits.toml",
            'direction = "both"',
            "direction = both",
            "= both",
            "in quotes",
            id="a word without quotes",
        ),
        pytest.param(
            "conduits.toml",
            'direction = "both"',
            'direction: "both"',
            "direction:",
            "not a colon",
            id="a colon",
        ),
        pytest.param(
            "conduits.toml",
            "longest_window =",
            "longest window =",
            "longest window",
            "without spaces",
            id="a space in a field's name",
        ),
        pytest.param(
            "conduits.toml",
            'direction = "both"',
            "direction = \u201cboth\u201d",
            "\u201cboth",
            "straight quotes",
            id="curly quotes",
        ),
        pytest.param(
            "conduits.toml",
            'direction = "both"',
            'direction = "both',
            '"both',
            "End the string",
            id="a quote not closed",
        ),
        pytest.param(
            "conduits.toml", '"sftp", "shell"', '"sftp" "shell"', '"sftp" "shell"', "comma", id="no comma"
        ),
        pytest.param(
            "conduits.toml",
            'direction = "both"',
            "direction = 'the pump's'",
            "pump's",
            "double quotes",
            id="an apostrophe",
        ),
        pytest.param(
            "conduits.toml",
            'direction = "both"',
            'direction = "C:\\projects"',
            "projects",
            "backslash",
            id="a backslash",
        ),
        pytest.param(
            "conduits.toml",
            'direction = "both"',
            'direction = "both"\ndirection = "both"',
            'direction = "both"',
            "twice",
            id="a field twice",
        ),
        pytest.param(
            "conduits.toml", 'direction = "both"', "direction =", "direction =", "a value", id="no value"
        ),
        pytest.param(
            "sites.toml",
            "demonstration = true",
            "demonstration = True",
            "True",
            "small letters",
            id="a capital",
        ),
        pytest.param(
            "sites.toml",
            "demonstration = true",
            "demonstration = yes",
            "yes",
            "small letters",
            id="another word for true",
        ),
        pytest.param(
            "sites.toml",
            "demonstration = true",
            "demonstration = {",
            "{",
            "docs/charter.md",
            id="anything else",
        ),
        pytest.param(
            "conduits.toml",
            '[[conduit]]\nid = "dmz-pumping"',
            'id = "dmz-pumping"',
            "from = ",
            "the header",
            id="a header left out",
        ),
        pytest.param(
            "conduits.toml",
            "[[conduit]]",
            "[conduit]",
            "[[conduit]]",
            "docs/charter.md",
            id="a bracket too few at first",
        ),
    ],
)
def test_what_is_no_toml_is_answered_with_what_to_type(
    name: str, old: str, new: str, line: str, remedy: str
) -> None:
    """C01: the parser's words alone would send a newcomer to a specification."""
    given = edited(name, old, new)
    with pytest.raises(CharterError) as caught:
        read_charter(given)
    fault = caught.value.faults[0]
    assert fault.fact.startswith("This is not TOML")
    assert line in given[name].decode().splitlines()[fault.line - 1]
    assert remedy in fault.remedy


def test_a_bracket_too_few_later_on_is_answered_too() -> None:
    given = edited("rights.toml", "[[right]]", "[[right]]")
    text = given["rights.toml"].decode()
    head, last = text.rsplit("[[right]]", 1)
    with pytest.raises(CharterError) as caught:
        read_charter({**given, "rights.toml": f"{head}[right]{last}".encode()})
    assert "two brackets" in caught.value.faults[0].remedy
