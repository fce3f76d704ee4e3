from datetime import UTC, datetime, timedelta
from gettext import NullTranslations

import pytest

from broker.console import words
from broker.console.tongues import LANGUAGES, PATTERNS, Translated, chosen, tongue
from domain.said import Form, in_tongue, say_n
from tests.for_each import for_each

ZONE = "Europe/Amsterdam"
WINTER = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)


@for_each(
    ("kept", "accepted", "plants", "tag"),
    [
        pytest.param(None, "", "en", "en", id="nothing is known: the plant's"),
        pytest.param(None, "", "de", "de", id="and where that is German, German"),
        pytest.param("de", "en", "en", "de", id="a choice counts before all"),
        pytest.param("fr", "de", "en", "de", id="a choice of what there is not is none"),
        pytest.param(None, "de-AT,de;q=0.9,en;q=0.8", "en", "de", id="a country's is the language"),
        pytest.param(None, "en;q=0.5, de;q=0.7", "en", "de", id="the better liked"),
        pytest.param(None, "fr, nl;q=0.9", "de", "de", id="none that there is: the plant's"),
        pytest.param(None, "de;q=0, en;q=0.1", "de", "en", id="q=0 is a no"),
        pytest.param(None, "de;q=much,,;;q, en", "de", "en", id="nonsense is not read"),
        pytest.param(None, "*", "de", "de", id="anything: the plant's"),
    ],
)
def test_a_browser_gets_its_language(kept: str | None, accepted: str, plants: str, tag: str) -> None:
    assert chosen(kept, accepted, plants) == tag


def test_dates_and_numbers_are_written_by_the_language_and_keep_their_offset() -> None:
    german = tongue("de")
    assert in_tongue(words.day_and_time(WINTER, ZONE), german) == "Mo. 05. Jan. 2026, 16:00 (+01:00)"
    assert in_tongue(words.day(WINTER, ZONE), german) == "05. Jan. 2026"
    later = words.until(WINTER, WINTER - timedelta(days=2), ZONE)
    assert in_tongue(later, german) == "Mo. 05. Jan., 16:00 (+01:00)"
    assert in_tongue(words.to_the_second(WINTER, ZONE), german) == "2026-01-05 16:00:00 +01:00"
    assert in_tongue(words.octets(4_500_000), german) == "4,5 MB"


def test_english_is_written_alike_by_the_code_and_by_its_patterns() -> None:
    english = tongue("en")
    for said in (words.day_and_time(WINTER, ZONE), words.day(WINTER, ZONE), words.octets(4_500_000)):
        assert in_tongue(said, english) == said
    assert in_tongue(say_n("{count} gate", "{count} gates", 2), english) == "2 gates"


def test_what_a_catalogue_lacks_is_said_in_english() -> None:
    bare = Translated("de", NullTranslations())
    assert in_tongue(say_n("{count} gate", "{count} gates", 2), bare) == "2 gates"
    assert in_tongue(words.span(timedelta(minutes=5)), bare) == "5 min"


def test_every_language_has_its_patterns() -> None:
    assert PATTERNS.keys() == LANGUAGES.keys()
    assert all(set(patterns) == set(Form) for patterns in PATTERNS.values())


@pytest.mark.parametrize("tag", LANGUAGES)
def test_a_page_that_names_its_clock_leaves_the_offset_out_and_only_there(tag: str) -> None:
    here = tongue(tag, ZONE)
    for said in (words.day_and_time(WINTER, ZONE), words.until(WINTER, WINTER, ZONE)):
        assert "(" not in str(in_tongue(said, here))
    assert "(+00:00)" in str(in_tongue(words.day_and_time(WINTER, "Europe/Lisbon"), here))


def test_the_hour_that_a_clock_shows_twice_keeps_its_offset() -> None:
    twice = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    here = tongue("en", ZONE)
    said = [in_tongue(words.until(one, one, ZONE), here) for one in (twice, twice + timedelta(hours=1))]
    assert said == ["02:30 (+02:00)", "02:30 (+01:00)"]
