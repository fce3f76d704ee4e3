from datetime import UTC, datetime, timedelta
from pathlib import Path

from broker.stamping.chosen import chosen, stamping_asked, standing
from broker.stamping.shelf import Kept, Shelf
from tests.tsa import Authority, pem

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HERE = Path()


def kept(size: int, at: int, until: int) -> Kept:
    return Kept(size, AT, AT + at * DAY, AT + until * DAY, size, HERE)


def sizes(found: tuple[Kept, ...]) -> list[int]:
    return [one.size for one in found]


def test_the_first_head_that_holds_the_end_is_enough_while_it_stands() -> None:
    every = (kept(5, 0, 100), kept(9, 1, 900))
    assert sizes(standing(every, AT + 99 * DAY)) == [5]
    assert sizes(standing(every, AT + 100 * DAY)) == [5, 9]
    assert standing((), AT) == ()


def test_what_keeps_it_standing_was_stamped_before_it_ran_out_and_lasts_longest() -> None:
    every = (kept(5, 0, 100), kept(6, 1, 100), kept(9, 50, 300), kept(12, 60, 900), kept(20, 200, 5000))
    assert sizes(standing(every, AT + 400 * DAY)) == [5, 12]
    assert sizes(standing(every, AT + 1000 * DAY)) == [5, 12, 20]
    assert sizes(standing(every[:3], AT + 1000 * DAY)) == [5, 9]
    late = (kept(5, 0, 100), kept(9, 101, 900))
    assert sizes(standing(late, AT + 200 * DAY)) == [5]


def test_a_head_that_does_not_hold_the_end_is_none(tmp_path: Path) -> None:
    shelf, tsa = Shelf(tmp_path), Authority()
    shelf.wait(5, b"note", AT)
    shelf.take(5, b"token", (tsa.certificate,), ())
    shelf.keep(5, at=AT, until=AT + DAY, leaf=5)
    assert sizes(chosen(shelf, 4, AT)) == [5]
    assert chosen(shelf, 5, AT) == ()
    shelf.wait(9, b"note", AT)
    shelf.take(9, b"token", (tsa.certificate,), ())
    shelf.keep(9, at=AT, until=AT + 9 * DAY, leaf=9)
    assert sizes(chosen(shelf, 4, AT)) == [5]
    assert sizes(chosen(shelf, 4, AT + DAY)) == [5, 9]


def test_without_roots_nothing_is_asked(tmp_path: Path) -> None:
    roots = tmp_path / "roots.pem"
    assert stamping_asked(roots, AT) is None
    roots.write_bytes(pem(Authority().root.certificate))
    asked = stamping_asked(roots, AT)
    assert asked is not None
    assert (len(asked.roots), asked.at) == (1, AT)
