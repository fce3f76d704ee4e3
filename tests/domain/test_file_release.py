from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.canonical import canonical
from domain.errors import ProofError
from domain.file_release import FileStatement, SignedRelease, seen_digest
from domain.ids import PersonId
from domain.proof import SshProof
from domain.rights import DecisionRight
from tests.for_each import for_each

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
SEEN = seen_digest("ab" * 32, "file_waits", "elf", ("clamav 1.4: clean",), 0)
SAID = FileStatement(
    node="plant.example/1",
    file="f" * 26,
    sha256="ab" * 32,
    size=9,
    seen=SEEN,
    asset="eng-ws-1",
    conduit="dmz-operations",
    permit="p" * 26,
    until=AT + timedelta(days=1),
    right=DecisionRight.CONNECT,
    reason="It is the vendor's own, by their list.",
    by=PersonId("petra"),
    at=AT,
    charter="cd" * 32,
    trust="ef" * 32,
    nonce=bytes(16),
)


def test_a_release_comes_back_from_its_bytes_and_with_its_proof() -> None:
    assert FileStatement.of_message(SAID.message()) == SAID
    signed = SignedRelease(SAID, SshProof(SAID.message(), b"sig"))
    assert SignedRelease.of_text(signed.text()) == signed


@for_each(
    "change",
    [
        {"file": "short"}, {"permit": "x"}, {"asset": "../x"}, {"by": ""}, {"sha256": "AB" * 32}, {"seen": ""},
        {"reason": " "}, {"reason": "two\nlines"}, {"reason": "x" * 501}, {"node": ""}, {"nonce": b"short"}, {"size": -1},
        {"until": AT},
    ],
)  # fmt: skip
def test_what_no_release_can_say_is_none(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"a release|a reason"):
        replace(SAID, **change)


@for_each(
    "data",
    [
        b"", b"{}", b"[]", SAID.message() + b" ", SAID.message().replace(b'"size":9', b'"size":"9"'),
        SAID.message().replace(b'"right":"connect"', b'"right":"everything"'),
        SAID.message().replace(b'"schema":', b'"more":1,"schema":'),
    ],
)  # fmt: skip
def test_other_bytes_are_no_release(data: bytes) -> None:
    with pytest.raises(ProofError) as caught:
        FileStatement.of_message(data)
    assert caught.value.code == "malformed_release"
    with pytest.raises(ProofError):
        SignedRelease.of_text(canonical({"statement": SAID.document(), "proof": {}}).decode())


def test_whatever_was_found_otherwise_is_another_digest() -> None:
    others = {
        seen_digest("ab" * 32, "file_found", "elf", ("clamav 1.4: clean",), 0),
        seen_digest("ab" * 32, "file_waits", "zip", ("clamav 1.4: clean",), 0),
        seen_digest("ab" * 32, "file_waits", "elf", (), 0),
        seen_digest("ab" * 32, "file_waits", "elf", ("clamav 1.4: clean",), 1),
        SEEN,
    }
    assert len(others) == 5
