from broker.conduits.files.outputs import Moved
from broker.conduits.files.told import mark_of, outcome_of, shown
from broker.quarantine.seams import Outcome
from domain.access import Flow
from recorder.format.payloads import read

CUT = Moved(b"a\xff", Flow.GET, 3, 9, "ab", whole=False)


def test_what_crossed_is_told_with_its_name_byte_for_byte_and_how_it_ended() -> None:
    told = read(mark_of(CUT))
    assert (told["path"], told["begin"], told["bytes"], told["outcome"]) == ("a\\xff", 3, 9, "cut")
    assert shown("Größe".encode()) == "Größe"
    assert outcome_of(Moved(b"a", Flow.GET, 0, 0, "", whole=False, failed=True)) is Outcome.FAILED
    assert outcome_of(Moved(b"a", Flow.GET, 0, 0, "", whole=True)) is Outcome.WHOLE
