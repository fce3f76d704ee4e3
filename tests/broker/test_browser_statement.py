from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.browser_statement import ALPHABET, CODE, BrowserStatement, typed
from domain.ids import PersonId

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SAID = BrowserStatement(
    connection="ab" * 32,
    person=PersonId("ana"),
    source="192.0.2.9",
    key="SHA256:abc",
    asked="ana+eng-ws-1",
    code="BCDF-GHJK",
    at=AT,
    until=AT.replace(minute=5),
)


def test_what_waits_is_written_and_read_in_one_form() -> None:
    assert BrowserStatement.of(SAID.document()) == SAID


@pytest.mark.parametrize("name", ["connection", "person", "source", "key", "asked"])
def test_anything_else_about_it_is_another_statement(name: str) -> None:
    assert replace(SAID, **{name: "other"}).digest() != SAID.digest()


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        SAID.document() | {"more": 1},
        SAID.document() | {"code": "abcd-efgh"},
        SAID.document() | {"person": "ANA!"},
        SAID.document() | {"until": "soon"},
    ],
)
def test_anything_else_is_not_read(document: object) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        BrowserStatement.of(document)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("bcdf-ghjk", "BCDF-GHJK"),
        (" BCDFGHJK ", "BCDF-GHJK"),
        ("BCDF GHJK", "BCDF-GHJK"),
        ("BCDF-GHJA", ""),
        ("BCDF-GHJ", ""),
        ("BCDF-GHJKL", ""),
        ("\uff22CDF-GHJK", ""),
        ("", ""),
    ],
)
def test_a_code_is_taken_as_people_type_it_and_as_nothing_else(text: str, code: str) -> None:
    assert typed(text) == code


@given(st.text(ALPHABET, min_size=8, max_size=8))
def test_every_code_that_is_drawn_can_be_typed(letters: str) -> None:
    code = f"{letters[:4]}-{letters[4:]}"
    assert CODE.fullmatch(code)
    assert typed(code.lower()) == code


@given(st.text())
def test_whatever_is_typed_is_a_code_or_none(text: str) -> None:
    assert typed(text) == "" or CODE.fullmatch(typed(text))
