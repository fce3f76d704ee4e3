from dataclasses import replace

from broker.quarantine.known import KnownFiles
from broker.quarantine.seams import FileState
from tests.broker.quarantine.test_cards import CARD


def test_files_are_found_by_id_and_by_what_they_hold_the_newest_first() -> None:
    known = KnownFiles()
    first, other, second = (
        replace(CARD, id=name * 26, sha256=digest * 64)
        for name, digest in (("f", "a"), ("g", "b"), ("h", "a"))
    )
    for card in (first, other, second):
        known.keep(card)
    known.keep(replace(first, state=FileState.RELEASED))
    assert [one.id for one in known] == [first.id, other.id, second.id]
    assert [(one.id, one.state) for one in known.alike("a" * 64)] == [
        (second.id, second.state),
        (first.id, FileState.RELEASED),
    ]
    assert known.find(other.id) == other.brief()
    assert known.forget(second.id) == second.brief()
    assert known.forget(second.id) is None
    assert [one.id for one in known.alike("a" * 64)] == [first.id]
    known.forget(first.id)
    assert known.alike("a" * 64) == ()
    assert known.find(first.id) is None
