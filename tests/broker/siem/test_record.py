"""One leaf as it is sent."""

from broker.siem.record import MOST_LISTED, Record
from domain import events
from tests.broker.siem.leaves import NASTY, leaf, record


def test_the_same_leaf_is_the_same_record_each_time() -> None:
    assert record(leaf(events.StateChanged)) == record(leaf(events.StateChanged))
    assert record(leaf(events.StateChanged)).id == "riverside.example/ot-access/1#12"


def test_a_failure_is_told_by_what_the_event_says() -> None:
    """D10: an end that is unverified reaches whoever watches the plant as a failure."""
    assert record(leaf(events.TokenUsed, code="")).result == "success"
    assert record(leaf(events.TokenUsed, code="outside_network")).result == "failure"
    assert record(leaf(events.SessionEnded, verified=False)).result == "failure"
    assert record(leaf(events.PermitSettled, allows=False)).result == "failure"
    assert record(leaf(events.BrowserSignInEnded, outcome="confirmed")).result == "success"


def test_the_sentence_names_who_and_what() -> None:
    said = record(leaf(events.Isolated, scope="zone:cell-1", by="otto")).sentence
    assert said == "The kill switch was used: by otto, scope zone:cell-1."
    assert record({}, beat="2026-03-02T08:00:00Z").sentence.endswith("up to leaf 12 was sent.")
    assert "is missing" in record({}, fault="The text is missing").sentence


def test_long_lists_are_cut_and_say_so() -> None:
    found = record(leaf(events.CharterApplied, changes=("x",) * 50)).fields["changes"]
    assert isinstance(found, list)
    assert (len(found), found[-1]) == (MOST_LISTED + 1, "… and 30 more")


def test_texts_are_made_harmless() -> None:
    fields = record(leaf(events.Isolated, NASTY)).fields
    assert "\n" not in str(fields["reason"])


def test_an_instant_that_can_t_be_read_is_none() -> None:
    broken: Record = record({"event": "StateChanged", "at": "soon", "number": True})
    assert (broken.at, broken.milliseconds) == ("", 0)
