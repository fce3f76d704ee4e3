from dataclasses import replace
from datetime import timedelta

from broker.console.browsing.once import MOST_OF_PERSON, Bound, Once
from domain.ids import PermitId, PersonId
from tests.clock import STARTS

BOUND = Bound("browser", PersonId("ana"), "192.0.2.9", PermitId("p" * 26), "terminal")
UNTIL = STARTS + timedelta(seconds=30)


def test_what_is_kept_is_given_out_once() -> None:
    kept: Once[str] = Once()
    name = kept.keep(BOUND, "it", STARTS, UNTIL)
    assert kept.take(name, BOUND, STARTS) == "it"
    assert kept.take(name, BOUND, STARTS) is None
    assert len(kept) == 0


def test_the_instant_at_which_it_ends_is_outside() -> None:
    kept: Once[str] = Once()
    name = kept.keep(BOUND, "it", STARTS, UNTIL)
    assert kept.take(name, BOUND, UNTIL) is None
    assert kept.take(name, BOUND, UNTIL - timedelta(microseconds=1)) == "it"


def test_whoever_differs_in_anything_gets_nothing_and_spoils_nothing() -> None:
    kept: Once[str] = Once()
    name = kept.keep(BOUND, "it", STARTS, UNTIL)
    for other in (
        replace(BOUND, browser="another"),
        replace(BOUND, person=PersonId("ben")),
        replace(BOUND, source="192.0.2.10"),
        replace(BOUND, permit=PermitId("q" * 26)),
        replace(BOUND, purpose="vnc:5900"),
    ):
        assert kept.take(name, other, STARTS) is None
    for guess in ("", name[:-1], f"{name}x", "\ud800"):
        assert kept.take(guess, BOUND, STARTS) is None
    assert kept.take(name, BOUND, STARTS) == "it"


def test_no_two_names_are_alike_and_the_names_themselves_are_not_kept() -> None:
    kept: Once[str] = Once()
    names = {kept.keep(replace(BOUND, person=PersonId(f"p{n}")), "it", STARTS, UNTIL) for n in range(50)}
    assert len(names) == 50
    assert not [name for name in names if name in repr(vars(kept))]


def test_one_person_s_things_push_out_only_their_own() -> None:
    kept: Once[int] = Once()
    other = replace(BOUND, person=PersonId("ben"))
    theirs = kept.keep(other, -1, STARTS, UNTIL)
    names = [kept.keep(BOUND, number, STARTS, UNTIL) for number in range(MOST_OF_PERSON + 2)]
    got = [kept.take(name, BOUND, STARTS) for name in names]
    assert got == [None, None, *range(2, MOST_OF_PERSON + 2)]
    assert kept.take(theirs, other, STARTS) == -1


def test_what_is_late_goes_when_the_next_comes() -> None:
    kept: Once[str] = Once()
    for number in range(5):
        kept.keep(replace(BOUND, person=PersonId(f"p{number}")), "it", STARTS, UNTIL)
    kept.keep(BOUND, "it", UNTIL, UNTIL + timedelta(seconds=30))
    assert len(kept) == 1
