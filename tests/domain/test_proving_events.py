from datetime import UTC, datetime

from domain.events import FunctionConfirmed, FunctionPassed, ProofRefused, SessionUnlocked, document

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


def test_a_confirmed_function_is_told_with_what_it_does_and_until_when_it_may_pass() -> None:
    leaf = FunctionConfirmed(
        at=AT, session="s" * 26, permit="p" * 26, person="ana", asset="plc-07", protocol="s7", what="stop the CPU",
        step="01020304", digest="01020304" * 8, door="lobby", source="192.0.2.9", factor="code",
        until=AT.replace(minute=1),
    )  # fmt: skip
    passed = FunctionPassed(
        at=AT, session="s" * 26, permit="p" * 26, step="01020304", what="stop the CPU", digest="01020304" * 8
    )
    assert (document(leaf)["number"], document(leaf)["until"]) == (219, "2026-06-01T08:01:00Z")
    assert (document(passed)["number"], document(passed)["digest"]) == (220, leaf.digest)
