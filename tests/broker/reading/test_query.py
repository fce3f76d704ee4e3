from hypothesis import given
from hypothesis import strategies as st

from broker.reading.query import LONGEST_QUERY, MOST_TERMS, Term, hits, pieces, terms_of, words_of
from tests.for_each import for_each


@for_each(
    ("query", "terms"),
    [
        ("delete", (Term(("delete",)),)),
        ("rm -RF", (Term(("rm",)), Term(("rf",)))),
        ("plc-07.conf", (Term(("plc", "07", "conf")),)),
        ('"stop pump" now', (Term(("stop", "pump")), Term(("now",)))),
        ('"never closed', (Term(("never", "closed")),)),
        ("sys*", (Term(("sys",), begins=True),)),
        ("水位", (Term(("水", "位")),)),
        ("pump pump", (Term(("pump",)),)),
        ("' -- * \" ;", ()),
        ("", ()),
    ],
)
def test_a_query_is_words_that_must_all_be_there(query: str, terms: tuple[Term, ...]) -> None:
    assert terms_of(query) == terms


@given(st.text())
def test_a_word_holds_nothing_that_any_database_would_read_as_its_own(text: str) -> None:
    for one in words_of(text):
        assert one.word.isalnum()
        assert 0 <= one.start < one.end <= len(text)


@given(st.text(max_size=400))
def test_a_query_is_bounded(query: str) -> None:
    terms = terms_of(query)
    assert len(terms) <= MOST_TERMS
    assert sum(len(term.words) for term in terms) <= LONGEST_QUERY


@given(st.text(min_size=1, max_size=40))
def test_a_text_holds_what_was_asked_for_in_its_own_words(text: str) -> None:
    words = tuple(one.word for one in words_of(text))
    if words:
        assert hits(text, (Term(words),)) == ((next(words_of(text)).start, list(words_of(text))[-1].end),)


def test_hits_do_not_overlap_and_a_beginning_is_enough_where_it_was_asked_for() -> None:
    assert hits("stop stop stopped", terms_of("stop")) == ((0, 4), (5, 9))
    assert hits("stop stop stopped", terms_of("stop*")) == ((0, 4), (5, 9), (10, 17))
    assert hits("a b a b", (Term(("a", "b")), Term(("b", "a")))) == ((0, 3), (4, 7))


def test_the_line_of_the_hit_is_shown_with_what_was_asked_for_marked() -> None:
    text = "first line\nsystemctl stop pump7.service\nlast"
    assert pieces(text, terms_of("stop")) == (
        ("systemctl ", False),
        ("stop", True),
        (" pump7.service", False),
    )
    assert pieces("nothing here", terms_of("stop")) == (("nothing here", False),)


@given(st.text(max_size=300), st.integers(5, 80))
def test_pieces_together_are_a_part_of_the_text(text: str, room: int) -> None:
    shown = "".join(piece for piece, _ in pieces(text, terms_of("a"), room))
    assert shown.strip("…") in text
