from datetime import UTC, datetime

from domain.events import ProofRefused, SessionUnlocked, document

AT = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


def test_an_unlocked_session_is_told_with_its_proof_and_its_place() -> None:
    leaf = SessionUnlocked(
        at=AT, session="s" * 26, permit="p" * 26, person="ana", door="lobby", source="192.0.2.9",
        factor="code", digest="",
    )  # fmt: skip
    told = document(leaf)
    assert (told["number"], told["door"], told["factor"]) == (217, "lobby", "code")


def test_a_proof_that_did_not_count_is_told_without_what_was_typed() -> None:
    leaf = ProofRefused(
        at=AT, session="s" * 26, permit="p" * 26, person="ana", purpose="unlock", door="terminal",
        source="192.0.2.9", code="wrong_code",
    )  # fmt: skip
    assert (document(leaf)["number"], document(leaf)["code"]) == (218, "wrong_code")
