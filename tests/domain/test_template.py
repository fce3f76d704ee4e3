from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from domain.attestation import Statement
from domain.canonical import canonical, parse
from domain.errors import PenstockError
from domain.ids import PersonId
from domain.recurrence import Hours
from domain.rights import DecisionRight
from domain.template import Template, is_about_template, signed_by, subject_of
from domain.window import TimeWindow
from tests.for_each import for_each
from tests.policies.templates import MONDAYS, PETRA, inside, template

WHOLE = template(hours=(MONDAYS,))


def test_a_template_reads_back_as_it_was_written_and_in_no_other_form() -> None:
    assert Template.of(parse(WHOLE.canonical())) == WHOLE
    document = dict(WHOLE.document())  # type: ignore[arg-type]
    for spoilt in (
        {**document, "more": 1},
        {**document, "schema": "penstock-template/2"},
        {**document, "uses": True},
        {**document, "uses": "2"},
        {**document, "persons": "ana"},
        {**document, "hours": "always"},
        {**document, "window": []},
        {**document, "title": 7},
        {**document, "assets": ["plc-07", "eng-ws-1"]},
        {key: value for key, value in document.items() if key != "confirm"},
        "a template",
    ):
        with pytest.raises(PenstockError):
            Template.of(parse(canonical(spoilt)))  # type: ignore[arg-type]


def test_a_template_with_limits_takes_permits_with_exactly_these() -> None:
    limits = frozenset({"modbus read coils 5"})
    with_limits = template(limits=limits)
    assert Template.of(parse(with_limits.canonical())) == with_limits
    assert b"limits" not in template().canonical()
    assert with_limits.beyond(inside(with_limits, limits=limits)) == ()
    assert with_limits.beyond(inside(with_limits)) == ("limits",)
    assert with_limits.beyond(inside(with_limits, limits=limits | {"modbus read coils 6"})) == ("limits",)
    assert template().beyond(inside(template(), limits=limits)) == ()


@for_each(
    "changed",
    [
        {"id": "short"},
        {"vendor": "Not A Word"},
        {"title": " "},
        {"title": "two\nlines"},
        {"assets": frozenset()},
        {"grants": frozenset()},
        {"actions": frozenset()},
        {"states": frozenset()},
        {"uses": 0},
        {"uses": 1001},
        {"longest": timedelta()},
        {"longest": timedelta(microseconds=1)},
        {"period": timedelta(seconds=-1)},
        {"window": TimeWindow(WHOLE.window.start, WHOLE.window.start + timedelta(days=367))},
    ],
)
def test_what_can_t_be_a_template_is_none(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="template"):
        template(**changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Another"},
        {"uses": 3},
        {"longest": timedelta(hours=5)},
        {"period": timedelta(days=1)},
        {"confirm": DecisionRight.CONNECT},
        {"persons": frozenset()},
        {"hours": ()},
        {"hours": (Hours("FREQ=DAILY", time(8), timedelta(hours=9), date(2026, 1, 5)),)},
    ],
)
def test_every_field_is_in_what_is_signed(changed: dict[str, Any]) -> None:
    """B16: a template with one limit changed is another one, which nobody signed."""
    assert replace(WHOLE, **changed).digest() != WHOLE.digest()


def test_only_what_names_the_template_and_a_right_signs_it() -> None:
    digest, at = WHOLE.digest(), datetime(2026, 5, 1).astimezone()
    said = [
        Statement(subject, PETRA, at, bytes(16))
        for subject in (
            subject_of(DecisionRight.CONNECT, digest),
            subject_of(DecisionRight.CONNECT, digest),
            subject_of(DecisionRight.DATA_OUT, "0" * 64),
            "right:connect@riverside",
        )
    ]
    assert signed_by(digest, said) == ((DecisionRight.CONNECT, PETRA),)
    assert [is_about_template(one.subject) for one in said] == [True, True, True, False]


def test_a_permit_inside_is_beyond_nothing_and_another_s_is_named() -> None:
    assert WHOLE.beyond(inside(WHOLE)) == ()
    assert template(persons=frozenset()).beyond(inside(template(persons=frozenset()))) == ()
    assert WHOLE.beyond(replace(inside(WHOLE), person=PersonId("ben"), template="")) == ("template", "person")
