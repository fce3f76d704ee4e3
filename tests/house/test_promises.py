"""Every case that was promised has a test with its number: peers' cases, and abuse cases."""

import re
from functools import cache

from tests.for_each import for_each
from tests.house.repository import text, texts

PEER_CASES = (
    *range(1, 7), 8, 12, 13, 14, 20, 21, 22, 23, 24, 27, 28, 35, 36, 38, 42, 52, 53, 55, 62, 63, 65,
)  # fmt: skip
ABUSE_CASES = (*range(1, 9), 13, 14, 16, 17, 18, 21, 22, 26, 29, 32, 33, 34, 37, 38)


@cache
def names() -> tuple[str, ...]:
    """The names of all test functions outside this folder."""
    sources = [text(path) for path in texts(".py", under=("tests/",)) if not path.startswith("tests/house/")]
    return tuple(name for source in sources for name in re.findall(r"\bdef (test_\w+)", source))


@for_each("number", PEER_CASES, ids="T{:02}".format)
def test_a_peer_s_case_is_replayed(number: int) -> None:
    case = re.compile(rf"test_(\w+_)?t{number:02}_\w+", re.IGNORECASE)
    replayed = [name for name in names() if case.fullmatch(name)]
    assert replayed, f"no test_…t{number:02}_… anywhere"


@for_each("number", ABUSE_CASES, ids="{:02}".format)
def test_an_abuse_case_is_tried(number: int) -> None:
    tried = [name for name in names() if name.startswith(f"test_abuse_{number:02}_")]
    assert tried, f"no test_abuse_{number:02}_… anywhere"
