import hashlib
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace

import pytest

from approvals.bundle import ANSWER, BUNDLE, Answer, Bundle, is_bundle, read_answer, read_bundle
from approvals.shown import Names, shown_digest
from domain.canonical import canonical
from domain.errors import ProofError
from domain.plant import OperatingState
from domain.signed_decision import Verdict
from tests.approvals.desk import decision
from tests.domain.samples import permit
from tests.for_each import for_each

NAMES = Names(
    site="Demo works",
    person="Ana",
    vendor="Acme",
    asset="Engineering workstation",
    zone="Cell 1",
    conduit="Vendors to the cell",
    time_zone="Europe/Berlin",
    consequence="The line stops.",
    bears={OperatingState.MAINTENANCE: "any change"},
)
WHOLE = Bundle(decision(permit(), shown=shown_digest(permit(), NAMES)), NAMES)
ANSWERED = Answer(WHOLE.decision.message(), b"SSHSIG and so on")


def test_a_bundle_and_an_answer_come_back_as_they_went() -> None:
    assert read_bundle(WHOLE.write()) == WHOLE
    assert read_answer(ANSWERED.write()) == ANSWERED
    assert ANSWERED.decision() == WHOLE.decision
    assert is_bundle(WHOLE.write())
    assert not is_bundle(ANSWERED.write())


def test_line_ends_of_another_system_and_a_lost_last_one_change_nothing() -> None:
    assert read_bundle(WHOLE.write().replace("\n", "\r\n")) == WHOLE
    assert read_bundle(WHOLE.write().rstrip("\n")) == WHOLE


def test_what_is_read_is_made_from_the_bytes_that_are_signed() -> None:
    """B08: every sentence comes from the message; the decision, its node and its end stand there too."""
    text = WHOLE.sentences()
    for part in (
        "bea APPROVES this under the right connect",
        permit().digest().hex(),
        "Replace the drive firmware",
    ):
        assert part in text
    no = replace(WHOLE, decision=replace(WHOLE.decision, verdict=Verdict.REFUSE, reason="Start-up today"))
    assert "bea REFUSES this under the right connect.\nReason: Start-up today" in no.sentences()


def test_names_that_were_exchanged_on_the_way_are_noticed() -> None:
    """B08: a friendlier name for the asset gives another text than the one that the node has the digest of."""
    kinder = replace(WHOLE, names=replace(NAMES, asset="Harmless printer"))
    with pytest.raises(ProofError) as raised:
        read_bundle(kinder.write())
    assert raised.value.code == "wrong_names"


def spoilt(change: Callable[[str], str], read: Callable[[str], object], text: str) -> str:
    with pytest.raises(ProofError) as raised:
        read(change(text))
    return raised.value.code


@for_each(
    ("change", "code"),
    [
        pytest.param(lambda text: text[: len(text) // 2], "file_cut_short", id="half of it"),
        pytest.param(lambda text: text.removesuffix("end\n"), "file_cut_short", id="without its last line"),
        pytest.param(lambda text: text.replace("sha256 ", "sha256 0", 1), "file_damaged", id="another sum"),
        pytest.param(lambda text: text.replace('"message"', '"massage"', 1), "file_damaged", id="a letter"),
        pytest.param(
            lambda text: text.removesuffix("end\n") + "more\nend\n", "file_damaged", id="a line more"
        ),
        pytest.param(lambda _text: "", "wrong_file", id="nothing"),
        pytest.param(lambda text: "x" + text, "wrong_file", id="another kind"),
        pytest.param(lambda text: text + "\n" * 262_144, "wrong_file", id="far too long"),
    ],
)
@for_each(
    ("read", "text"),
    [
        pytest.param(read_bundle, WHOLE.write(), id="bundle"),
        pytest.param(read_answer, ANSWERED.write(), id="answer"),
    ],
)
def test_what_happens_to_a_file_on_its_way_has_a_name(
    change: Callable[[str], str], code: str, read: Callable[[str], object], text: str
) -> None:
    assert spoilt(change, read, text) == code


@for_each("kind", [BUNDLE, ANSWER])
@for_each(
    "inner",
    [
        b"[]",
        b"{}",
        b'{"message":7,"names":{},"signature":""}',
        canonical({"message": b64encode(WHOLE.decision.message()).decode(), "names": {"site": "x"}}),
        b'{"message": "", "signature": ""}',
    ],
)
def test_a_sum_that_is_right_makes_no_bundle_of_anything(kind: str, inner: bytes) -> None:
    text = f"{kind}\n{inner.decode()}\nsha256 {hashlib.sha256(inner).hexdigest()}\nend\n"
    read: Callable[[str], object] = read_bundle if kind == BUNDLE else read_answer
    assert spoilt(str, read, text) == "file_damaged"


def test_every_byte_that_flips_in_a_file_is_noticed() -> None:
    text = ANSWERED.write()
    for at in range(len(text) - 1):
        bent = text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]
        with pytest.raises(ProofError):
            read_answer(bent)
