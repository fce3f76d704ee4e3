from domain.events import document
from domain.signed_decision import SignedDecision
from domain.signed_events import RefusalSigned
from tests.approvals.desk import decision
from tests.domain.samples import OPENS, permit


def test_a_signed_no_keeps_what_was_signed_to_the_letter() -> None:
    said = decision(permit())
    event = RefusalSigned(
        at=OPENS,
        permit=permit().id,
        digest=permit().digest().hex(),
        person=said.person,
        message=said.message().decode(),
        signature="00",
    )
    kept = document(event)["message"]
    assert isinstance(kept, str)
    assert SignedDecision.of(kept.encode()) == said
