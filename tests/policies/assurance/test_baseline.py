"""The file that the product ships, and everything that must not be in such a file."""

import tomllib
from functools import cache
from pathlib import Path

import pytest

import policies.assurance as assurance
from policies.assurance.baseline import (
    EXCEPTION,
    PER_SESSION,
    Baseline,
    BaselineError,
    Facet,
    Scope,
    read_baseline,
)
from tests.for_each import for_each

FILE = Path(assurance.__path__[0]) / "baseline.toml"


@cache
def shipped() -> Baseline:
    return read_baseline(FILE.read_bytes())


SMALL = """
schema = "penstock-baseline/1"
[[evidence]]
id = "EV-A"
title = "a"
produced_by = "x"
scope = "session"
[[control]]
id = "BC-1"
title = "one"
text = "C"
all_of = ["EV-A"]
refresh = "P90D"
basis = "product"
[control.satisfies]
ISO = ["A.1"]
[[framework]]
id = "ISO"
name = "ISO"
about = "b"
clauses = ["A.1"]
"""


def faults(old: str, new: str) -> str:
    assert old in SMALL
    with pytest.raises(BaselineError) as caught:
        read_baseline(SMALL.replace(old, new).encode())
    return " ".join(caught.value.faults)


def test_forty_controls_answer_every_clause_in_scope_or_an_exclusion_says_why() -> None:
    """J07: each clause in scope maps to a control or a reasoned exclusion; one that does neither fails the build."""
    found = shipped()
    assert len(found.controls) == 40
    assert len(found.frameworks) == 17
    answered = {
        (name, clause)
        for one in found.controls.values()
        for name, clauses in one.satisfies.items()
        for clause in clauses
    }
    excluded = {(one.framework, one.clause): one.reason for one in found.exclusions}
    for framework in found.frameworks.values():
        for clause in framework.clauses:
            assert ((framework.id, clause) in answered) != bool(excluded.get((framework.id, clause)))


def test_a_clause_that_nobody_answers_fails_the_reading() -> None:
    """J07: an unmapped clause fails the build, as does one that is mapped and in no scope."""
    more = faults('clauses = ["A.1"]', 'clauses = ["A.1", "A.2"]')
    assert "ISO A.2 is in scope, and no control answers it" in more
    assert "ISO A.9 is named, and is in no framework's scope" in faults(
        'ISO = ["A.1"]', 'ISO = ["A.1", "A.9"]'
    )
    both = '\n[[exclusion]]\nframework = "ISO"\nclause = "A.1"\nreason = "r"\n'
    assert "answered and excluded" in faults('clauses = ["A.1"]', f'clauses = ["A.1"]{both}')
    reasoned = SMALL.replace('clauses = ["A.1"]', 'clauses = ["A.1", "A.2"]') + both.replace("A.1", "A.2")
    assert read_baseline(reasoned.encode()).exclusions[0].reason == "r"


def test_each_item_of_evidence_is_defined_once_and_serves_many_frameworks() -> None:
    """S-13: one baseline, many lenses."""
    found = shipped()
    lenses = {name for control in found.serves("EV-REC") for name in found.controls[control].satisfies}
    assert len(lenses) > 5
    assert [one.id for one in found.answering("NIS2-IR")]
    assert len(found.answering("NIST800-53")) < len(found.controls)


def test_what_is_per_session_what_has_a_period_and_what_asks_of_some_sessions_only() -> None:
    found = shipped()
    assert found.controls["BC-02"].refresh is None
    assert str(found.controls["BC-01"].refresh) == "P15M"
    assert found.controls["BC-11"].applies is Facet.SAFETY
    assert found.controls["BC-03"].min_count == {"EV-APR": 2}
    assert found.kinds["EV-CLK"].scope is Scope.PLATFORM
    assert EXCEPTION in found.controls["BC-08"].any_of
    assert str(found.controls["BC-27"].complete_within) == "PT24H"


@for_each(
    ("old", "new", "says"),
    [
        pytest.param('all_of = ["EV-A"]', "", "rests on no evidence", id="G01: a control without evidence"),
        pytest.param(
            'all_of = ["EV-A"]', 'all_of = ["EV-B"]', "EV-A serves no control", id="an item that serves none"
        ),
        pytest.param(
            '["EV-A"]', '["EV-A", "EV-B"]', "EV-B, which is no kind", id="evidence that is not defined"
        ),
        pytest.param('["EV-A"]', '["EV-A", "EV-A"]', "says something twice", id="the same twice"),
        pytest.param('["EV-A"]', '"EV-A"', "not a list of texts", id="no list"),
        pytest.param('"P90D"', '"P90"', "not a period", id="a period of nothing"),
        pytest.param(
            '"P90D"', '"P90D"\nmin_count = { EV-B = 2 }', "counts EV-B", id="counting what is not asked"
        ),
        pytest.param(
            '"P90D"', '"P90D"\nmin_count = { EV-A = 2 }', "only a session has", id="persons of no session"
        ),
        pytest.param(
            '"P90D"', '"per_session"\nmin_count = { EV-A = 0 }', "number of persons", id="no person"
        ),
        pytest.param('"P90D"', '"P90D"\napplies = "sometimes"', "not a valid Facet", id="unknown facet"),
        pytest.param('text = "C"', 'text = "X"', "not C, P or K", id="unknown source of its text"),
        pytest.param(
            'basis = "product"', 'basis = "guess"', "stated, derived or product", id="unknown basis"
        ),
        pytest.param('title = "one"', 'title = ""', "title is not a text", id="no title"),
        pytest.param(
            'title = "one"', 'title = "one"\ncolour = "red"', "'colour', which nobody reads", id="stray field"
        ),
        pytest.param("penstock-baseline/1", "penstock-baseline/2", "schema", id="another schema"),
        pytest.param("[[framework]]", "[[lens]]", "'lens', which nobody reads", id="stray table"),
        pytest.param('ISO = ["A.1"]', "", "answers no clause", id="a control for nothing"),
        pytest.param("[control.satisfies]", "satisfies = 3\n[control.x]", "not a table", id="no table"),
        pytest.param("schema =", "schema", "not TOML", id="not TOML"),
    ],
)
def test_a_file_with_a_fault_is_not_read(old: str, new: str, says: str) -> None:
    assert says in faults(old, new)


def test_an_id_that_stands_there_twice_is_a_fault() -> None:
    twice = SMALL + SMALL[SMALL.index("[[evidence]]") : SMALL.index("[[control]]")]
    with pytest.raises(BaselineError, match="stands there twice"):
        read_baseline(twice.encode())


def test_every_period_of_the_file_is_read_as_it_is_written() -> None:
    written = [one["refresh"] for one in tomllib.loads(FILE.read_text())["control"]]
    assert len([one for one in written if one == PER_SESSION]) == sum(
        one.refresh is None for one in shipped().controls.values()
    )
