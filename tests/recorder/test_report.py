import json

import pytest

from recorder.report import Report, Step, Steps, Verdict

P, F, I = Verdict.PASS, Verdict.FAIL, Verdict.INCOMPLETE  # noqa: E741 -- as they are read in a table


@pytest.mark.parametrize(
    ("verdicts", "whole"),
    [
        pytest.param([], I, id="nothing checked is no pass"),
        pytest.param([P, P], P, id="all pass"),
        pytest.param([P, I], I, id="one open"),
        pytest.param([P, I, F], F, id="one failed"),
        pytest.param([F, P], F, id="failed first"),
    ],
)
def test_the_worst_step_is_the_verdict(verdicts: list[Verdict], whole: Verdict) -> None:
    steps = tuple(Step(number, "step", one, "") for number, one in enumerate(verdicts, 1))
    assert Report("subject", steps).verdict is whole


def test_steps_are_numbered_in_turn_and_hostile_words_are_harmless() -> None:
    steps = Steps("case \x1b[2J")
    steps.add("one", P, "fine")
    steps.add("two", F, "asset said \x1b]52;c;eA==\x07\n\u202e")
    steps.note("note\r")
    report = steps.report()
    text = "\n".join(report.lines())
    assert [step.number for step in report.steps] == [1, 2]
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\r" not in text


def test_the_document_is_for_machines() -> None:
    steps = Steps("subject")
    steps.add("one", I, "missing", "key_not_given")
    document = json.loads(json.dumps(steps.report().document()))
    assert document["verdict"] == "INCOMPLETE"
    assert document["steps"] == [
        {
            "number": 1,
            "title": "one",
            "verdict": "INCOMPLETE",
            "sentence": "missing",
            "code": "key_not_given",
        }
    ]


@pytest.mark.parametrize(
    ("verdicts", "first"),
    [
        pytest.param([P, P], None, id="nothing wrong"),
        pytest.param([P, I, I], 2, id="the first thing missing"),
        pytest.param([I, F, F], 2, id="what is wrong comes before what is missing"),
    ],
)
def test_the_first_thing_wrong_is_one_step(verdicts: list[Verdict], first: int | None) -> None:
    steps = tuple(
        Step(number, "step", one, "", "" if one is P else "code") for number, one in enumerate(verdicts, 1)
    )
    found = Report("subject", steps).first
    assert (None if found is None else found.number) == first
