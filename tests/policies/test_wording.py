from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.wording import plain, when
from tests.policies.plant import charter


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        pytest.param(datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01 01:00 Europe/Amsterdam", id="winter"),
        pytest.param(datetime(2026, 7, 1, tzinfo=UTC), "2026-07-01 02:00 Europe/Amsterdam", id="summer"),
        pytest.param(
            datetime(2026, 3, 29, 0, 59, tzinfo=UTC),
            "2026-03-29 01:59 Europe/Amsterdam",
            id="before the clocks change",
        ),
        pytest.param(
            datetime(2026, 3, 29, 0, 59, tzinfo=UTC) + timedelta(minutes=1),
            "2026-03-29 03:00 Europe/Amsterdam",
            id="when they change",
        ),
    ],
)
def test_an_instant_is_told_on_the_plants_clock(instant: datetime, expected: str) -> None:
    assert when(instant, charter().organisation) == expected


@given(st.text())
def test_foreign_text_becomes_one_short_printable_line(text: str) -> None:
    assert plain(text).isprintable()
    assert len(plain(text)) <= 80


def test_plain_text_stays_as_it_is() -> None:
    assert plain("eng-ws-1 Ä") == "eng-ws-1 Ä"
