from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import AssetId, ConduitId, PermitId, PersonId, SessionId, VendorId
from domain.rights import DecisionRight
from policies.review_terms import Overdue, ReviewTerms
from policies.session_review import AUDITOR, Unreviewed, blocking, drawn, due, may_review
from tests.policies.plant import NOW, charter, charter_with, permit

TERMS = ReviewTerms("riverside", frozenset({DecisionRight.CONNECT}), timedelta(days=15), Overdue.BLOCK)
ASKED = charter_with(review_terms=(TERMS,))
ENDED = Unreviewed(
    SessionId("s" * 26),
    PermitId("p" * 26),
    PersonId("ana"),
    AssetId("eng-ws-1"),
    ConduitId("dmz-operations"),
    NOW,
)
BRIGHTWATER = VendorId("brightwater")
WAY = charter().boundaries(AssetId("eng-ws-1"), ConduitId("dmz-operations"))
SIXTEENTH = NOW + timedelta(days=15)


def test_a_session_is_due_by_its_terms_and_overdue_from_that_instant_on() -> None:
    (one,) = due(ASKED, [ENDED])
    assert (one.by, one.vendor, one.terms) == (SIXTEENTH, BRIGHTWATER, TERMS)
    assert not one.overdue(SIXTEENTH - timedelta(microseconds=1))
    assert one.overdue(SIXTEENTH)
    assert due(charter(), [ENDED]) == ()


@pytest.mark.parametrize(
    ("terms", "vendor", "way", "at", "blocks"),
    [
        pytest.param(TERMS, "brightwater", WAY, SIXTEENTH, True, id="H02: the sixteenth day"),
        pytest.param(
            TERMS, "brightwater", WAY, SIXTEENTH - timedelta(microseconds=1), False, id="H02: the fifteenth"
        ),
        pytest.param(TERMS, "kestrel", WAY, SIXTEENTH, False, id="another vendor"),
        pytest.param(TERMS, "brightwater", ("elsewhere",), SIXTEENTH, False, id="over another boundary"),
        pytest.param(
            replace(TERMS, overdue=Overdue.TELL), "brightwater", WAY, SIXTEENTH, False, id="told only"
        ),
        pytest.param(
            replace(TERMS, boundary="pumping"), "brightwater", WAY, SIXTEENTH, False, id="other terms"
        ),
    ],
)
def test_what_keeps_a_vendor_from_asking(
    terms: ReviewTerms, vendor: str, way: tuple[str, ...], at: object, blocks: bool
) -> None:
    asked = charter_with(review_terms=(terms,))
    assert bool(blocking(asked, [ENDED], VendorId(vendor), way, at)) is blocks  # type: ignore[arg-type]


def test_the_most_urgent_comes_first_and_what_the_charter_does_not_know_any_more_is_the_organisation_s() -> (
    None
):
    older = replace(ENDED, session=SessionId("t" * 26), ended_at=NOW - timedelta(days=1))
    assert [one.what.session for one in due(ASKED, [ENDED, older])] == [older.session, ENDED.session]
    gone = replace(ENDED, asset=AssetId("scrapped"))
    assert due(ASKED, [gone]) == ()
    whole = charter_with(review_terms=(replace(TERMS, boundary=charter().organisation.id),))
    assert [one.what for one in due(whole, [gone])] == [gone]


@pytest.mark.parametrize(
    ("person", "office"),
    [
        pytest.param("petra", "connect", id="who holds the right"),
        pytest.param("iris", AUDITOR, id="an auditor of the plant"),
        pytest.param("ana", "", id="whoever asked"),
        pytest.param("ben", "", id="another of the vendor's"),
        pytest.param("milo", "", id="somebody of the plant without the right"),
        pytest.param("nobody", "", id="a stranger"),
    ],
)
def test_who_may_review(person: str, office: str) -> None:
    assert may_review(ASKED, permit(), PersonId(person), NOW) == office
    assert may_review(charter(), permit(), PersonId(person), NOW) == office


@given(st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=26, max_size=26), st.integers(0, 99))
def test_a_sample_only_grows_with_its_share_and_nobody_chooses_it(session: str, percent: int) -> None:
    one = SessionId(session)
    assert drawn(one, 100)
    assert not drawn(one, 0)
    assert drawn(one, percent + 1) or not drawn(one, percent)


def test_a_third_of_the_sessions_is_about_a_third() -> None:
    found = sum(drawn(SessionId(f"{number:026}"), 33) for number in range(1000))
    assert 270 < found < 390
