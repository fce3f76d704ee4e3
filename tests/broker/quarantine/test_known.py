import resource
from dataclasses import replace

from broker.quarantine.known import MOST_SIGNATURES, KnownFiles
from broker.quarantine.seams import FileState
from tests.broker.quarantine.store import CAME
from tests.broker.quarantine.test_cards import CARD
from tests.stride import DEEP

MANY = 1_000_000 if DEEP else 4_000


def test_files_are_found_by_id_and_by_what_they_hold_the_newest_first() -> None:
    known = KnownFiles()
    first, other, second = (
        replace(CARD, id=name * 26, sha256=digest * 64)
        for name, digest in (("f", "a"), ("g", "b"), ("h", "a"))
    )
    for card in (first, other, second):
        known.keep(card)
    known.keep(replace(first, state=FileState.RELEASED))
    assert known.of_session(CAME.session) == (first.id, other.id, second.id)
    assert known.of_code("file_waits") == known.of_session(CAME.session)
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


def test_what_came_under_a_permit_and_may_be_a_signature_is_found_and_what_waits_for_one() -> None:
    known = KnownFiles()
    for number in range(MOST_SIGNATURES + 2):
        came = replace(CAME, name=b"fw-%d.sig" % number)
        known.keep(replace(CARD, id=f"{number:026}", came=came, code="file_clean"))
    known.keep(replace(CARD, id="u" * 26, code="file_unsigned"))
    known.keep(replace(CARD, id="w" * 26, came=replace(CAME, permit="q" * 26), code="file_unsigned"))  # type: ignore[arg-type] # an id
    names = [one.came.name for one in known.signatures(CAME.permit)]
    assert names == [b"fw-%d.sig" % number for number in range(MOST_SIGNATURES + 1, 1, -1)]
    assert known.unsigned(CAME.permit) == ("u" * 26,)
    known.keep(replace(CARD, id="u" * 26, code="file_clean"))
    assert known.unsigned(CAME.permit) == ()


def test_very_many_files_are_known_without_being_held_in_memory() -> None:
    """D15: what lies in the quarantine costs the gate its disk, not its memory (a million of them in `make deep`)."""
    known = KnownFiles()
    for number in range(1000):
        known.keep(replace(CARD, id=f"{number:026}"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(1000, MANY):
        known.keep(replace(CARD, id=f"{number:026}", sha256=f"{number:064}"))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 * 1024
    assert known.alike(f"{MANY - 1:064}")[0].id == f"{MANY - 1:026}"
