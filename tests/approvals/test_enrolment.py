from dataclasses import replace

from approvals.enrolment import Enrolment
from domain.ids import PersonId
from tests.approvals.desk import NOW

SAID = Enrolment("demo/1", PersonId("bea"), "SHA256:x", PersonId("sam"), NOW, bytes(16))


def test_a_decision_is_about_one_key_of_one_person_by_one_person_at_one_node_once() -> None:
    others = [
        replace(SAID, node="demo/2"),
        replace(SAID, person=PersonId("dan")),
        replace(SAID, key="SHA256:y"),
        replace(SAID, by=PersonId("eve")),
        replace(SAID, nonce=b"\1" * 16),
    ]
    assert len({one.digest() for one in [SAID, *others]}) == 6
    assert SAID.purpose() == f"enrol:{SAID.digest().hex()}"


def test_whoever_decides_reads_what_they_decide() -> None:
    assert SAID.sentence() == "sam decides, under the right identity: SHA256:x counts as bea's at demo/1."
