from domain.events import document
from domain.ids import PermitId, PersonId, SessionId
from domain.review_events import Disposition, SessionReviewed
from tests.clock import STARTS


def test_a_review_says_who_by_what_office_found_what_in_which_recording() -> None:
    told = document(
        SessionReviewed(
            at=STARTS,
            session=SessionId("s" * 26),
            permit=PermitId("p" * 26),
            by=PersonId("petra"),
            office="connect",
            disposition=Disposition.QUESTION,
            words="Why was pump 7 stopped?",
            item="aa",
        )
    )
    assert (told["number"], told["disposition"], told["office"]) == (160, "question", "connect")
