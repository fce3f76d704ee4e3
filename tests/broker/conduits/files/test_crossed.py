"""The digest of what crossed: in order, ahead of its turn, and here and there."""

import hashlib

from broker.conduits.files.crossed import MOST_EARLY_BYTES, Crossed

CONTENT = bytes(range(256)) * 40


def taken(*parts: tuple[int, int]) -> Crossed:
    crossed = Crossed()
    for start, end in parts:
        crossed.take(start, CONTENT[start:end])
    return crossed


def test_parts_that_come_ahead_of_their_turn_count_once_it_is_theirs() -> None:
    for parts in (
        [(0, 10), (10, 99)],
        [(0, 10), (50, 99), (10, 50)],
        [(0, 10), (90, 99), (50, 90), (10, 50)],
    ):
        crossed = taken(*parts)
        assert (crossed.begin, crossed.end, crossed.octets) == (0, 99, 99)
        assert crossed.sha256 == hashlib.sha256(CONTENT[:99]).hexdigest()


def test_what_begins_behind_the_first_byte_is_digested_from_there() -> None:
    crossed = taken((100, 200), (200, 300))
    assert (crossed.begin, crossed.end) == (100, 300)
    assert crossed.sha256 == hashlib.sha256(CONTENT[100:300]).hexdigest()


def test_what_is_read_twice_backwards_or_with_gaps_has_no_digest() -> None:
    assert taken((0, 10), (0, 10)).sha256 == ""
    assert taken((50, 60), (0, 10)).sha256 == ""
    assert taken((0, 10), (20, 30)).sha256 == ""
    assert taken((0, 10), (20, 30), (20, 30)).sha256 == ""
    assert taken((0, 10), (0, 10), (10, 20)).octets == 30


def test_what_is_kept_for_its_turn_is_bounded() -> None:
    crossed = Crossed()
    crossed.take(0, b"x")
    part = b"x" * (MOST_EARLY_BYTES // 2)
    for number in range(2, 5):
        crossed.take(number * len(part), part)
    assert crossed.sha256 == ""
    assert crossed.octets == 1 + 3 * len(part)


def test_an_empty_file_has_the_digest_of_nothing() -> None:
    assert Crossed().sha256 == hashlib.sha256().hexdigest()
