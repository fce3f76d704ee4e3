from datetime import timedelta

from domain import ledger_events
from domain.events import document
from domain.ledger_events import LedgerKeyAway, LedgerKeyPlaced
from tests.recorder.ledger.logs import BEGAN


def test_what_the_ledger_says_of_its_key_names_where_it_is_and_nothing_of_the_key() -> None:
    away = document(LedgerKeyAway(at=BEGAN + timedelta(minutes=5), since=BEGAN, code="token_absent"))
    assert (away["since"], away["code"]) == ("2026-03-01T06:00:00Z", "token_absent")
    placed = document(LedgerKeyPlaced(at=BEGAN, place="plant (0123)", born=True))
    assert set(placed) == {"event", "number", "at", "place", "born"}


def test_every_event_of_the_ledger_itself_has_a_number_of_its_range() -> None:
    kinds = [one for one in vars(ledger_events).values() if hasattr(one, "number")]
    assert kinds
    assert all(190 <= kind.number <= 193 for kind in kinds)
