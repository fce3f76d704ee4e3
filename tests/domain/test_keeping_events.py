import pytest

from domain import keeping_events
from domain.events import document
from domain.keeping_events import RecordingKeyChanged
from tests.recorder.ledger.logs import BEGAN


def test_a_change_of_key_names_both_keys_and_neither_itself() -> None:
    changed = RecordingKeyChanged(at=BEGAN, old="aa" * 8, new="bb" * 8, recordings=3, by="local:root")
    told = document(changed)
    assert (told["old"], told["new"]) == ("aa" * 8, "bb" * 8)


@pytest.mark.parametrize("kind", [one for one in vars(keeping_events).values() if hasattr(one, "number")])
def test_every_event_of_keeping_has_a_number_of_its_decade(kind: type) -> None:
    assert 150 <= kind.number < 160  # type: ignore[attr-defined] # an event's
