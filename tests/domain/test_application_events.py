from datetime import UTC, datetime

from domain.events import VendorAnswered, VendorAsked, VendorInvited, document
from domain.ids import PersonId

AT = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


def test_the_ledger_knows_who_invited_who_asked_and_what_became_of_it() -> None:
    invited = VendorInvited(at=AT, invitation="ab", by=PersonId("olga"), company="Halden Pumps", until=AT)
    asked = VendorAsked(
        at=AT, application="cd", company="Halden Pumps", keys=("SHA256:x",), source="192.0.2.9", invited_by=""
    )
    taken = VendorAnswered(
        at=AT, application="cd", answer="taken", by=PersonId("olga"), reason="", draft="00" * 32
    )
    assert [document(one)["number"] for one in (invited, asked, taken)] == [130, 131, 132]
