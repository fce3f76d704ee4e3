"""What a row says of its class."""

from broker.siem.rows.row import ACTIVITIES, OTHER, Category, Kind, Row
from tests.broker.siem.schema import SCHEMA


def test_activities_are_numbered_and_worded_as_the_official_schema_has_them() -> None:
    for kind, words in ACTIVITIES.items():
        official = SCHEMA["classes"][str(int(kind))]["attributes"]["activity_id"]["enum"]
        assert {str(number): word for number, word in enumerate(words, 1)}.items() <= official.items()


def test_a_word_that_it_has_none_for_is_another() -> None:
    assert Row("t", Category.LOG, Kind.ENTITY, "Approve").activity_id == OTHER
    assert Row("t", Category.LOG, Kind.ENTITY, "Read").activity_id == 2
