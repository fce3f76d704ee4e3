"""What may leave on a span."""

from hypothesis import given
from hypothesis import strategies as st

from broker.tracing.allowed import ALLOWED, allowed


def test_what_people_look_for_and_who_they_are_stay() -> None:
    given_ = {"http.route": "/x/{y}", "url.path": "/x/1", "url.query": "q=secret", "enduser.id": "ana"}
    assert allowed(given_) == {"http.route": "/x/{y}"}
    assert allowed(None) == {}


@given(st.dictionaries(st.text(), st.text()))
def test_nothing_leaves_that_is_not_in_the_list(attributes: dict[str, str]) -> None:
    assert set(allowed(attributes)) <= ALLOWED
