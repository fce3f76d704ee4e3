"""B16: an outsider sees that a permit lay inside a template, who had signed that, and who confirmed its use."""

import copy
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest

from domain.attestation import Statement
from domain.canonical import Json, canonical, parse
from domain.errors import PenstockError
from domain.permit import Permit
from domain.proof import Approval
from domain.recurrence import Hours
from domain.rights import DecisionRight
from domain.template import Template, subject_of
from domain.window import TimeWindow
from recorder.snapshots import CharterSnapshot, TrustSnapshot
from recorder.verify_approvals import check_approvals
from recorder.verify_template import Beforehand, lines_named, subjects_of, templates_in
from tests.clock import STARTS
from tests.recorder.cases import CHARTER, OLGA, PETRA, digest_of, permit, trust_file

LEAD, CONNECT = DecisionRight.INCIDENT_LEAD, DecisionRight.CONNECT
MONDAY = Hours("FREQ=WEEKLY;BYDAY=MO", time(7), timedelta(hours=9), date(2026, 1, 5))


def charter() -> object:
    """As everywhere, and Olga leads incidents."""
    found = copy.deepcopy(CHARTER)
    rights: Any = found["files"]["rights.toml"]["right"]  # type: ignore[index]
    rights.append({**rights[0], "right": "incident_lead", "holder": "olga", "deputy": "deniz"})
    return found


def template(**changed: Any) -> Template:
    wish = permit()
    fields: dict[str, Any] = {
        "id": "t" * 26,
        "title": "Weekly look at the log",
        "vendor": wish.vendor,
        "persons": frozenset({wish.person}),
        "assets": frozenset({wish.asset}),
        "conduit": wish.conduit,
        "grants": wish.grants,
        "actions": wish.actions,
        "states": wish.states,
        "longest": timedelta(hours=4),
        "uses": 2,
        "period": timedelta(days=7),
        "confirm": LEAD,
        "window": TimeWindow(STARTS - timedelta(days=30), STARTS + timedelta(days=30)),
        "hours": (MONDAY,),
    }
    return Template(**(fields | changed))


WEEKLY = template()


def wish_of(one: Template) -> Permit:
    return replace(permit(), template=one.digest())


def confirmed(one: Template, key: Any = OLGA, right: DecisionRight = LEAD) -> Approval:
    wish = wish_of(one)
    return Approval(
        permit_digest=wish.digest(),
        right=right,
        approver=key.person,
        at=STARTS - timedelta(minutes=30),
        shown_digest=bytes(32),
        proof=key.assertion(wish.digest()),
    )


def signature(one: Template, person: str = "petra", right: DecisionRight = CONNECT) -> Statement:
    return Statement(subject_of(right, one.digest()), person, STARTS - timedelta(days=3), bytes(16))  # type: ignore[arg-type]


def leaves(one: Template, *yes: Approval) -> list[dict[str, Json]]:
    wish = wish_of(one)
    told: list[dict[str, Json]] = [
        {
            "event": "PermitApproved",
            "permit": wish.id,
            "digest": wish.digest().hex(),
            "right": str(each.right),
            "approver": each.approver,
            "approval": digest_of(each),
        }
        for each in yes
    ]
    return [
        *told,
        {"event": "TemplateUsed", "permit": wish.id, "template": one.digest(), "use": 1, "uses": one.uses},
    ]


def judged(
    one: Template,
    *yes: Approval,
    said: tuple[Statement, ...] | None = None,
    enclosed: tuple[Template, ...] | None = None,
    told: list[dict[str, Json]] | None = None,
    book: object = None,
) -> str:
    notes: list[str] = []
    check_approvals(
        wish_of(one),
        yes,
        {"approvals": [digest_of(each) for each in yes]},
        leaves(one, *yes) if told is None else told,
        CharterSnapshot.of(parse(canonical(book or charter()))),  # type: ignore[arg-type]
        TrustSnapshot.of(trust_file(PETRA, OLGA)),
        notes.append,
        Beforehand((one,) if enclosed is None else enclosed, (signature(one),) if said is None else said),
    )
    return " ".join(notes)


def test_a_confirmation_inside_a_signed_template_holds_and_is_told() -> None:
    """B16: verified with nothing but the case file."""
    told = judged(WEEKLY, confirmed(WEEKLY))
    assert (
        "Inside the standing template 'Weekly look at the log', signed by petra (connect); use 1 of 2" in told
    )


def test_the_full_path_holds_without_it() -> None:
    yes = confirmed(WEEKLY, PETRA, CONNECT)
    assert judged(WEEKLY, yes, said=(), enclosed=()) == ""


YES = confirmed(WEEKLY)
ENDED: dict[str, Json] = {"event": "TemplateEnded", "template": WEEKLY.digest()}


@pytest.mark.parametrize(
    ("how", "fact"),
    [
        pytest.param({"said": ()}, "Too few had signed", id="B16: nobody signed it"),
        pytest.param(
            {"said": (signature(WEEKLY, "olga"),)}, "Too few had signed", id="B16: without the right"
        ),
        pytest.param({"enclosed": ()}, "did not hold the right", id="B16: it is not enclosed"),
        pytest.param({"told": [ENDED, *leaves(WEEKLY, YES)]}, "had been ended", id="B16: ended"),
        pytest.param({"told": leaves(WEEKLY, YES)[:1]}, "tells of no use", id="B16: not counted"),
    ],
)
def test_what_does_not_hold_is_refused(how: dict[str, Any], fact: str) -> None:
    with pytest.raises(PenstockError, match=fact):
        judged(WEEKLY, YES, **how)


def test_one_use_too_many_and_a_leaf_of_another_template_are_seen() -> None:
    used = leaves(WEEKLY, YES)
    for spoilt in ({"use": 3}, {"use": "1"}, {"template": "00" * 32}):
        with pytest.raises(PenstockError, match="use"):
            judged(WEEKLY, YES, told=[used[0], {**used[1], **spoilt}])  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"uses": 1, "longest": timedelta(hours=3)}, "length"),
        ({"window": TimeWindow(STARTS, STARTS + timedelta(days=1))}, "expir"),
        ({"hours": (replace(MONDAY, at=time(9)),)}, "hours"),
        ({"persons": frozenset({"ben"})}, "person"),
    ],
)
def test_a_permit_outside_its_template_needed_the_full_path(changed: dict[str, Any], word: str) -> None:
    one = template(**changed)
    with pytest.raises(PenstockError, match=word):
        judged(one, confirmed(one))


def test_whoever_signed_it_did_not_confirm_too() -> None:
    """B10: two persons, also where the one on shift could have signed the template as well."""
    both = (signature(WEEKLY), signature(WEEKLY, "olga", LEAD))
    with pytest.raises(PenstockError, match="Nobody who might confirm"):
        judged(WEEKLY, YES, said=both)


def test_of_two_who_signed_it_under_one_right_neither_confirms_under_the_same() -> None:
    two = copy.deepcopy(CHARTER)
    right: Any = two["files"]["rights.toml"]["right"][0]  # type: ignore[index]
    right |= {"others": ["olga"], "quorum": 2}
    one = template(confirm=CONNECT)
    both = (signature(one), signature(one, "olga"))
    with pytest.raises(PenstockError, match="Nobody who might confirm"):
        judged(one, confirmed(one, PETRA, CONNECT), said=both, book=two)


LINES = b"".join(one.canonical() + b"\n" for one in (WEEKLY, template(id="u" * 26))) + b"torn"


def test_only_the_template_that_is_named_is_carried_along() -> None:
    assert [one.id for one in templates_in(LINES)] == ["t" * 26, "u" * 26]
    assert list(lines_named(LINES, [WEEKLY.digest(), ""])) == [WEEKLY.canonical()]
    assert len(subjects_of(wish_of(WEEKLY))) == len(DecisionRight)
    assert subjects_of(permit()) == frozenset()
