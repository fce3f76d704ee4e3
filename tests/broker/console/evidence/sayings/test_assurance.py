from broker.console.evidence.sayings.assurance import SAYINGS
from domain.events import document
from tests.broker.console.evidence.said import told
from tests.policies.assurance.test_gathering import decided
from tests.policies.assurance.test_register_items import drawing


def test_a_document_and_a_decision_about_evidence_are_told_with_who_answers() -> None:
    assert "Olga" in told(document(drawing()))
    assert "P&ID of cell 3" in told(document(drawing()))
    assert "One drawing shows both" in told(document(decided()))


def test_each_event_of_assurance_has_its_sentence() -> None:
    assert len(SAYINGS) == 7
