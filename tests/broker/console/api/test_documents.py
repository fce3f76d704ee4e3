from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from broker.console.api.documents import Reasoned, Strict, Whole, instant, instant_or_422
from broker.console.refusals import RefusalError


def test_a_reason_is_a_line_that_says_something() -> None:
    assert Reasoned(reason="late").reason == "late"
    for reason in ("", " ", "two\nlines", "\x00", "x" * 501, 5):
        with pytest.raises(ValidationError):
            Reasoned(reason=reason)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-03-02T09:00:00Z", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2026-03-02t09:00:00z", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2026-03-02 10:00:00+01:00", datetime(2026, 3, 2, 9, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_with_its_offset(text: str, found: datetime) -> None:
    assert instant(text) == found
    assert instant_or_422(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02",
        "2026-03-02T09:00:00",
        "2026-03-02T09:00:00.5Z",
        "2026-02-30T09:00:00Z",
        "20260302T090000Z",
        "0001-01-01T00:00:00+14:00",
        "tomorrow",
        "",
    ],
)
def test_what_is_no_instant_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="RFC 3339"):
        instant(text)
    with pytest.raises(RefusalError) as refused:
        instant_or_422(text)
    assert refused.value.status == 422
    assert instant_or_422(None) is None


def test_a_whole_number_is_one_however_json_writes_it() -> None:
    class Taken(Strict):
        days: Whole

    assert [Taken.model_validate_json(f'{{"days": {text}}}').days for text in ("7", "7.0", "7e0")] == [7] * 3
    for text in ("7.5", '"7"', "true", "null"):
        with pytest.raises(ValidationError):
            Taken.model_validate_json(f'{{"days": {text}}}')
