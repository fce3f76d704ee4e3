"""F06, SECURITY 7: whose cosignatures are enough is one file that everybody reads (C2SP tlog-policy)."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ConfigError, EvidenceError
from recorder.cosigning import Cosigner, Ed25519Cosigner, MlDsaCosigner
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.merkle import EMPTY_ROOT
from recorder.ledger.note import Note, SignatureLine, sign
from recorder.ledger.policy import NONE, Policy
from tests.for_each import for_each
from tests.recorder.ledger.logs import ORIGIN, SIGNER, STRANGER

AT = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
HEAD = Checkpoint(ORIGIN, 42, EMPTY_ROOT)
X1, X2, Y1 = (
    Ed25519Cosigner(f"{name}.example/w", Ed25519PrivateKey.generate()) for name in ("x1", "x2", "y1")
)
Y2: Cosigner = MlDsaCosigner("y2.example/w", MLDSA44PrivateKey.generate())
TEXT = f"""# who vouches for the plant's ledger
log {SIGNER.key.text()} https://plant.example/ledger

witness X1 {X1.key.text()} https://x1.example/
witness X2 {X2.key.text()}
group\tX any X1   X2
  witness Y1 {Y1.key.text()}
witness Y2 {Y2.key.text()}
group Y 2 Y1 Y2
group both all X Y
quorum both
"""


def head(*by: Cosigner, after: timedelta = timedelta()) -> bytes:
    lines = tuple(one.cosign(HEAD.body(), AT + number * after) for number, one in enumerate(by))
    return Note(HEAD.body(), (*sign(HEAD.body(), SIGNER.key, SIGNER.sign).lines, *lines)).text().encode()


def test_a_policy_names_logs_witnesses_and_who_is_enough() -> None:
    policy = Policy.of(TEXT)
    assert policy.logs == (SIGNER.key,)
    assert [(one.name, one.url) for one in policy.witnesses] == [
        ("X1", "https://x1.example/"),
        ("X2", ""),
        ("Y1", ""),
        ("Y2", ""),
    ]
    assert [(one.name, one.least, one.members) for one in policy.groups] == [
        ("X", 1, ("X1", "X2")),
        ("Y", 2, ("Y1", "Y2")),
        ("both", 2, ("X", "Y")),
    ]
    assert policy.quorum == "both"


def test_enough_of_each_group_and_the_head_counts_since_the_earliest_of_them() -> None:
    found = Policy.of(TEXT).check(head(Y1, Y2, X2, after=timedelta(seconds=5)))
    assert (found.head, found.log, found.witnesses, found.at) == (HEAD, SIGNER.key, ("X2", "Y1", "Y2"), AT)


@pytest.mark.parametrize("by", [(), (X1,), (X1, X2), (X1, Y1), (Y1, Y2)])
def test_too_few_are_not_enough_and_are_named(by: tuple[Cosigner, ...]) -> None:
    with pytest.raises(EvidenceError, match=r"Not enough witnesses .* `quorum both`") as told:
        Policy.of(TEXT).check(head(*by))
    assert ("nobody" in told.value.fact) == (not by)


def test_without_a_quorum_the_logs_own_signature_is_enough_and_nothing_else_is() -> None:
    policy = Policy.of(f"log {SIGNER.key.text()}\nquorum none")
    assert policy.check(head()).witnesses == ()
    stranger = sign(HEAD.body(), STRANGER.key, STRANGER.sign).text().encode()
    with pytest.raises(EvidenceError, match="No known key"):
        policy.check(stranger)
    with pytest.raises(EvidenceError, match="No known key"):
        policy.check(sign(HEAD.body().replace("/1", "/2"), SIGNER.key, SIGNER.sign).text().encode())


def test_of_two_lines_by_one_witness_the_earlier_time_counts() -> None:
    policy = Policy.of(f"log {SIGNER.key.text()}\nwitness X1 {X1.key.text()}\nquorum X1")
    lines = [X1.cosign(HEAD.body(), AT + timedelta(seconds=after)) for after in (9, 0, 5)]
    note = Note(HEAD.body(), (*sign(HEAD.body(), SIGNER.key, SIGNER.sign).lines, *lines))
    assert policy.check(note.text().encode()).at == AT


def test_a_false_line_of_a_known_witness_spoils_the_head() -> None:
    policy = Policy.of(f"log {SIGNER.key.text()}\nwitness X1 {X1.key.text()}\nquorum none")
    line = X1.cosign(HEAD.body(), AT)
    false = SignatureLine(line.name, line.key_id, bytes([*line.signature[:-1], line.signature[-1] ^ 1]))
    spoiled = Note(HEAD.body(), (*sign(HEAD.body(), SIGNER.key, SIGNER.sign).lines, false))
    with pytest.raises(EvidenceError, match="does not verify"):
        policy.check(spoiled.text().encode())


LOG, ONE = f"log {SIGNER.key.text()}", f"witness X1 {X1.key.text()}"


@for_each(
    ("lines", "line", "fact"),
    [
        ([LOG], 0, "no quorum"),
        ([LOG, "quorum X1"], 2, "named nowhere above"),
        (["quorum none", "quorum none"], 2, "a quorum already"),
        ([ONE, f"witness X2 {X1.key.text()}", "quorum X1"], 2, "named already"),
        ([LOG, LOG, "quorum none"], 2, "named already"),
        ([ONE, f"witness X1 {X2.key.text()}", "quorum X1"], 2, "taken"),
        ([f"witness {NONE} {X1.key.text()}", "quorum none"], 1, "taken"),
        ([f"witness X1 {SIGNER.key.text()}", "quorum X1"], 1, "type 01 does not belong"),
        ([f"log {X1.key.text()}", "quorum none"], 1, "type 04 does not belong"),
        ([ONE + "x", "quorum X1"], 1, "not a verifier key"),
        ([ONE, "group G 2 X1", "quorum G"], 2, "can't be met"),
        ([ONE, "group G 0 X1", "quorum G"], 2, "can't be met"),
        ([ONE, "group G most X1", "quorum G"], 2, "can't be met"),
        ([ONE, "group G ٣ X1", "quorum G"], 2, "can't be met"),
        ([ONE, "group G all", "quorum G"], 2, "begins no line"),
        ([ONE, "group G all X1", "group H all X1", "quorum G"], 3, "in a group already"),
        ([ONE, "group G all X1 X1", "quorum G"], 2, "in a group already"),
        ([ONE, "group G all H", "group H all X1", "quorum G"], 2, "named nowhere above"),
        ([ONE, "group X1 all X1", "quorum X1"], 2, "taken"),
        ([ONE + " https://x1.example extra", "quorum X1"], 1, "begins no line"),
        (["mirror X1", "quorum none"], 1, "begins no line"),
        ([ONE, "quorum X1\r"], 2, "control characters"),
        (["# all\x7fright", "quorum none"], 1, "control characters"),
        ([f"# {'long' * 70_000}", "quorum none"], 0, "too long"),
        ([*(f"group G{one} all X1" for one in range(1)), "quorum none"], 1, "named nowhere above"),
    ],
)
def test_a_mistake_is_answered_with_its_line_and_a_remedy(lines: list[str], line: int, fact: str) -> None:
    with pytest.raises(ConfigError, match=fact) as told:
        Policy.of("\n".join(lines), "witness.policy")
    assert (told.value.file, told.value.line, bool(told.value.remedy)) == ("witness.policy", line, True)


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_fail_in_another_way(text: str) -> None:
    try:
        Policy.of(text)
    except ConfigError:
        return
    assert "quorum none" in " ".join(text.split())
