"""F06: what a witness answers to whom, as C2SP tlog-witness says."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import EvidenceError
from recorder.cosigning import Ed25519Cosigner
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.merkle import EMPTY_ROOT, leaf_hash, node_of, prove_consistency, root
from recorder.ledger.note import Note, SignatureLine, sign
from recorder.ledger.witness import (
    LONGEST_PROOF,
    Accepted,
    Refused,
    Seen,
    Submission,
    cosignatures,
    judge,
    origin_of,
)
from tests.for_each import for_each
from tests.recorder.ledger.logs import ORIGIN, SIGNER, STRANGER

LEAVES = [leaf_hash(bytes([number])) for number in range(20)]
FORKED = [*LEAVES[:3], leaf_hash(b"something else"), *LEAVES[4:]]
KEYS = [SIGNER.key]


def head(size: int, leaves: list[bytes] = LEAVES) -> Checkpoint:
    return Checkpoint(ORIGIN, size, root(size, node_of(leaves)))


def wish(old: int, new: int, leaves: list[bytes] = LEAVES) -> Submission:
    proof = prove_consistency(old, new, node_of(leaves))
    return Submission(old, proof, sign(head(new, leaves).body(), SIGNER.key, SIGNER.sign))


def seen(size: int) -> Seen:
    return Seen(size, head(size).root)


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 1), (0, 20), (1, 2), (8, 8), (3, 17), (16, 20)])
def test_a_log_that_forgets_nothing_is_vouched_for(old: int, new: int) -> None:
    answer = judge(wish(old, new), KEYS, seen(old))
    assert isinstance(answer, Accepted)
    assert answer.seen == seen(new)
    assert answer.head == head(new)
    assert [one.name for one in answer.by] == [ORIGIN]


def test_lines_of_others_are_not_kept_with_what_was_vouched_for() -> None:
    asked = wish(0, 4)
    other = sign(asked.note.body, STRANGER.key, STRANGER.sign).lines
    answer = judge(Submission(0, (), Note(asked.note.body, (*other, *asked.note.lines))), KEYS, Seen())
    assert isinstance(answer, Accepted)
    assert answer.by == asked.note.lines


@for_each(
    ("status", "asked", "keys", "has_seen"),
    [
        pytest.param(404, wish(0, 4), [], Seen(), id="a log that it does not know"),
        pytest.param(403, wish(0, 4), [STRANGER.key], Seen(), id="signed by another key"),
        pytest.param(400, Submission(9, (), wish(0, 4).note), KEYS, seen(9), id="a tree that shrank"),
        pytest.param(409, wish(3, 9), KEYS, seen(5), id="from another size"),
        pytest.param(409, wish(0, 9), KEYS, seen(5), id="as if it were new"),
        pytest.param(422, Submission(4, (bytes(32),), wish(4, 9).note), KEYS, seen(4), id="a false proof"),
        pytest.param(422, Submission(4, (), wish(4, 9).note), KEYS, seen(4), id="no proof"),
        pytest.param(422, wish(4, 9, FORKED), KEYS, seen(4), id="another past"),
        pytest.param(422, wish(9, 9, FORKED), KEYS, seen(9), id="another tree of the same size"),
        pytest.param(
            422, Submission(0, (bytes(32),), wish(0, 9).note), KEYS, Seen(), id="a proof of nothing"
        ),
        pytest.param(
            422,
            Submission(0, (), sign(Checkpoint(ORIGIN, 0, bytes(32)).body(), SIGNER.key, SIGNER.sign)),
            KEYS,
            Seen(),
            id="an empty tree with a root",
        ),
    ],
)
def test_each_refusal_has_the_status_of_the_specification(
    status: int, asked: Submission, keys: list[object], has_seen: Seen
) -> None:
    """F06: 404, 403, 400, 409 and 422, in that order."""
    answer = judge(asked, [key for key in (SIGNER.key, STRANGER.key) if key in keys], has_seen)
    assert isinstance(answer, Refused)
    assert answer.status == status


def test_a_log_that_starts_elsewhere_is_told_what_was_seen() -> None:
    assert judge(wish(3, 9), KEYS, seen(5)) == Refused(409, "5\n")


def test_a_false_line_under_a_known_key_spoils_the_submission() -> None:
    asked = wish(0, 4)
    (line,) = asked.note.lines
    false = SignatureLine(line.name, line.key_id, bytes(64))
    answer = judge(Submission(0, (), Note(asked.note.body, (false,))), KEYS, Seen())
    assert isinstance(answer, Refused)
    assert answer.status == 403


def test_a_submission_is_read_back_as_it_was_written() -> None:
    for asked in (wish(0, 0), wish(0, 9), wish(7, 19)):
        assert Submission.of(asked.text().encode()) == asked
        assert origin_of(asked) == ORIGIN


def _lines(text: str, change: Callable[[list[str]], list[str]]) -> bytes:
    return "\n".join(change(text.split("\n"))).encode()


@for_each(
    "data",
    [
        b"",
        b"old 3",
        _lines(wish(7, 19).text(), lambda lines: ["old 07", *lines[1:]]),
        _lines(wish(7, 19).text(), lambda lines: ["old -7", *lines[1:]]),
        _lines(wish(7, 19).text(), lambda lines: ["new 7", *lines[1:]]),
        _lines(wish(7, 19).text(), lambda lines: ["7", *lines[1:]]),
        _lines(wish(7, 19).text(), lambda lines: [lines[0], "AAAA", *lines[1:]]),
        _lines(wish(7, 19).text(), lambda lines: [lines[0], lines[1][:-2] + "B=", *lines[2:]]),
        _lines(wish(7, 19).text(), lambda lines: [lines[0], "é", *lines[1:]]),
        _lines(wish(7, 19).text(), lambda lines: [lines[0], *[lines[1]] * (LONGEST_PROOF + 1), *lines[1:]]),
        wish(7, 19).text().replace("\n\n", "\r\n\r\n").encode(),
        wish(7, 19).text()[:-1].encode(),
    ],
)
def test_another_form_is_refused(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        Submission.of(data)


@given(st.binary(max_size=300))
def test_no_bytes_make_the_parser_fail_in_another_way(data: bytes) -> None:
    try:
        asked = Submission.of(data)
    except EvidenceError:
        return
    assert Submission.of(asked.text().encode()) == asked


WITNESS = Ed25519Cosigner("corporate.example/w1", Ed25519PrivateKey.generate())
AT = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)


def test_the_answer_of_a_witness_gives_the_lines_of_known_keys_only() -> None:
    body = head(9).body()
    line = WITNESS.cosign(body, AT)
    unknown = sign(body, STRANGER.key, STRANGER.sign).lines[0]
    answer = (unknown.text() + line.text()).encode()
    assert cosignatures(body, answer, [WITNESS.key]) == (line,)
    for spoiled in (
        b"",
        b"ok\n",
        unknown.text().encode(),
        WITNESS.cosign(head(8).body(), AT).text().encode(),
    ):
        with pytest.raises(EvidenceError):
            cosignatures(body, spoiled, [WITNESS.key])


def test_the_empty_trees_root_is_the_hash_of_nothing() -> None:
    assert head(0).root == EMPTY_ROOT
