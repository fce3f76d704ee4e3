from domain.events import document
from domain.ids import PersonId
from domain.sign_out_events import SignedOut
from tests.domain.samples import OPENS


def test_a_sign_out_says_whose_at_which_door_and_on_whose_word() -> None:
    event = SignedOut(at=OPENS, door="console", person=PersonId("petra"), by="petra", browser="0" * 16)
    assert document(event).keys() == {"event", "number", "at", "door", "person", "by", "browser"}
