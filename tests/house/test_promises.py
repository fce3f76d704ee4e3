"""Every case that was promised has a test with its number: peers' cases, and abuse cases."""

import re

import pytest

from tests.house.repository import text, texts

PEER_CASES = (
    *range(1, 7), 8, 12, 13, 14, 20, 21, 22, 23, 24, 27, 28, 35, 36, 38, 42, 52, 53, 55, 62, 63, 65,
)  # fmt: skip
ABUSE_CASES = (*range(1, 9), 13, 14, 16, 17, 18, 21, 22, 26, 29, 32, 33, 34, 37, 38)


def sources() -> str:
    return "\n".join(
        text(path) for path in texts(".py", under=("tests/",)) if not path.startswith("tests/house/")
    )


@pytest.mark.parametrize("number", PEER_CASES, ids="T{:02}".format)
def test_a_peer_s_case_is_replayed(number: int) -> None:
    assert re.search(rf"def test_(\w+_)?(?i:t{number:02})_\w+", sources())


@pytest.mark.parametrize("number", ABUSE_CASES, ids="{:02}".format)
def test_an_abuse_case_is_tried(number: int) -> None:
    assert re.search(rf"def test_abuse_{number:02}_\w+", sources())
