from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.errors import ProofError
from domain.ids import PersonId
from domain.keeping import Deed, KeepingStatement, SignedKeeping
from domain.proof import PasskeyProof, SshProof
from domain.signed_statement import LONGEST_REASON
from tests.for_each import for_each

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SAID = KeepingStatement(
    node="riverside.example/ot-access/1",
    deed=Deed.ERASE,
    subject=f"session:{'s' * 26}",
    term="recordings",
    minimum_days=90,
    ended_at=AT,
    charter="cd" * 32,
    reason="its term is over",
    answers="",
    by=PersonId("petra"),
    at=AT,
    trust="ab" * 32,
    nonce=bytes(16),
)
HOLD: dict[str, Any] = {"term": "", "minimum_days": 0, "ended_at": None}
PASSKEY = PasskeyProof(b"id", bytes(32), b"{}", b"data", b"signature")


@pytest.mark.parametrize("proof", [PASSKEY, SshProof(SAID.message(), b"SSHSIG")], ids=["passkey", "ssh key"])
def test_what_is_signed_is_written_and_read_in_one_form(proof: PasskeyProof | SshProof) -> None:
    signed = SignedKeeping(SAID, proof)
    assert SignedKeeping.of_text(signed.text()) == signed
    assert KeepingStatement.of_message(SAID.message()) == SAID
    assert len(SAID.digest()) == 32


@pytest.mark.parametrize(
    "changed",
    [
        {"deed": Deed.HOLD, "subject": "boundary:pumping", **HOLD},
        {"deed": Deed.LIFT, "subject": f"hold:{'ab' * 32}", **HOLD},
        {"deed": Deed.REMOVE, "answers": "ab" * 32},
    ],
)
def test_each_deed_has_a_statement_of_its_own(changed: dict[str, Any]) -> None:
    said = replace(SAID, **changed)
    assert KeepingStatement.of(said.document()) == said
    assert said.name == said.subject.partition(":")[2]


@for_each(
    "changed",
    [
        pytest.param({"reason": ""}, id="no reason"),
        pytest.param({"reason": "x" * (LONGEST_REASON + 1)}, id="too long a reason"),
        pytest.param({"reason": "two\nlines"}, id="a reason of two lines"),
        pytest.param({"subject": "session:../x"}, id="no id"),
        pytest.param({"subject": "vendor:kestrel"}, id="a deletion of something wider than a session"),
        pytest.param({"term": ""}, id="a deletion by no term"),
        pytest.param({"ended_at": None}, id="a deletion of what has not ended"),
        pytest.param({"minimum_days": -1}, id="less than no time"),
        pytest.param({"by": "Petra Vos"}, id="no person's id"),
        pytest.param({"node": ""}, id="no node"),
        pytest.param({"trust": "ab"}, id="no trust file"),
        pytest.param({"charter": "ab"}, id="no charter"),
        pytest.param({"answers": "ab"}, id="an answer to nothing"),
        pytest.param({"nonce": b"x"}, id="a short nonce"),
        pytest.param({"deed": Deed.HOLD}, id="a hold by a term"),
        pytest.param({"deed": Deed.LIFT, **HOLD}, id="a session that is lifted"),
        pytest.param(
            {"deed": Deed.HOLD, "subject": "person:ana", "answers": "ab" * 32, **HOLD}, id="a second hold"
        ),
    ],
)
def test_a_statement_that_can_not_be_meant_is_none(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"(a|what) "):
        replace(SAID, **changed)


def test_both_persons_sign_the_same_when_they_want_the_same() -> None:
    second = replace(SAID, by=PersonId("iris"), answers=SAID.digest().hex(), nonce=b"x" * 16)
    assert second.wants() == SAID.wants()
    assert replace(second, deed=Deed.REMOVE).wants() != SAID.wants()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"proof":{},"statement":{}}',
        SignedKeeping(SAID, PASSKEY).text().replace('"term"', '"Term"'),
        SignedKeeping(SAID, PASSKEY).text().replace('"minimum_days":90', '"minimum_days":"90"'),
    ],
)
def test_other_bytes_are_no_word_on_evidence(text: str) -> None:
    with pytest.raises(ProofError):
        SignedKeeping.of_text(text)


@pytest.mark.parametrize("message", [b"", b"{}", SAID.message() + b" ", b"\xff"])
def test_other_bytes_are_no_statement(message: bytes) -> None:
    with pytest.raises(ProofError) as caught:
        KeepingStatement.of_message(message)
    assert caught.value.code == "malformed_keeping"
