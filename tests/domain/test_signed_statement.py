from typing import Any

import pytest

from domain.canonical import canonical
from domain.errors import ProofError
from domain.file_release import SignedRelease
from domain.glass_review import SignedReview
from domain.keeping import SignedKeeping
from domain.proof import SshProof, TotpProof, proof_document
from domain.signed_statement import Signed, SignedStatement, check_said
from tests.domain.test_file_release import SAID as RELEASE
from tests.domain.test_glass_review import SAID as REVIEW
from tests.domain.test_keeping import SAID as KEEPING
from tests.for_each import for_each

KINDS: tuple[tuple[type[Signed[Any]], SignedStatement], ...] = (
    (SignedRelease, RELEASE),
    (SignedKeeping, KEEPING),
    (SignedReview, REVIEW),
)


@for_each("kind,said", KINDS)
def test_a_statement_comes_back_with_its_proof_in_one_form(
    kind: type[Signed[Any]], said: SignedStatement
) -> None:
    signed = kind(said, SshProof(said.message(), b"SSHSIG"))
    again = kind.of_text(signed.text())
    assert (again, again.digest(), again.statement.digest()) == (signed, signed.digest(), said.digest())


@for_each("kind,said", KINDS)
def test_a_statement_of_one_kind_is_none_of_another(kind: type[Signed[Any]], said: SignedStatement) -> None:
    for other, _ in KINDS:
        if other is not kind:
            with pytest.raises(ProofError) as caught:
                other.kind().of_message(said.message())
            assert caught.value.code == other.kind().MALFORMED


@for_each("kind,said", KINDS)
def test_a_one_time_code_signs_nothing(kind: type[Signed[Any]], said: SignedStatement) -> None:
    with pytest.raises(ProofError, match="one-time code signs no") as caught:
        kind.of(said.document(), proof_document(TotpProof(42, "123456")))
    assert caught.value.code == "kind_not_accepted"


@for_each(
    "text",
    [
        "",
        "\ud800",
        "[]",
        "7",
        '{"statement":1}',
        canonical({"statement": {}, "proof": {}, "more": 1}).decode(),
    ],
)
def test_what_is_no_statement_with_a_proof_is_told_so(text: str) -> None:
    for kind, _ in KINDS:
        with pytest.raises(ProofError, match=r"^This is no .*[^.]\.$") as caught:
            kind.of_text(text)
        assert caught.value.code == kind.kind().MALFORMED


@for_each(
    "wrong",
    [
        {"node": ""}, {"node": "a\nb"}, {"node": "x" * 201}, {"digests": ("AB" * 32,)}, {"digests": ("ab",)},
        {"nonce": bytes(15)}, {"reason": " "}, {"reason": "a\tb"}, {"reason": "x" * 501},
    ],
)  # fmt: skip
def test_what_every_statement_holds_is_checked_in_one_place(wrong: dict[str, Any]) -> None:
    right = {"node": "plant.example/1", "digests": ("ab" * 32,), "nonce": bytes(16), "reason": "it is over"}
    check_said("release", **right)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^a (release|reason) "):
        check_said("release", **(right | wrong))  # type: ignore[arg-type]
