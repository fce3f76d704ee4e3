import pytest

from domain.errors import EvidenceError
from recorder.ledger.checkpoint import Checkpoint, decimal
from recorder.ledger.merkle import EMPTY_ROOT
from tests.for_each import for_each
from tests.recorder.ledger.logs import ORIGIN

HEAD = Checkpoint(ORIGIN, 42, EMPTY_ROOT)


def test_a_checkpoint_is_three_lines() -> None:
    assert HEAD.body() == f"{ORIGIN}\n42\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    assert Checkpoint.of(HEAD.body()) == HEAD


def test_the_example_of_the_specification_reads() -> None:
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    head = Checkpoint.of(text)
    assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20852163)
    assert head.body() == text


def test_extension_lines_of_others_are_passed_over() -> None:
    assert Checkpoint.of(HEAD.body() + "more\n") == HEAD


@for_each(
    "body",
    [
        "",
        "origin\n1\n",
        HEAD.body()[:-1],
        HEAD.body().replace("42", "042"),
        HEAD.body().replace("42", "-1"),
        HEAD.body().replace("42", "+42"),
        HEAD.body().replace("42", "4 2"),
        HEAD.body().replace("42", "٤٢"),
        HEAD.body().replace(ORIGIN, ""),
        HEAD.body().replace("47DE", "47D"),
        HEAD.body().replace("uFU=", "uFV="),
        HEAD.body() + "\nafter an empty line\n",
    ],
)
def test_another_form_is_refused(body: str) -> None:
    """F03: no other form of a checkpoint is read."""
    with pytest.raises(EvidenceError):
        Checkpoint.of(body)


def test_zero_is_written_as_zero_and_a_number_has_nineteen_digits_at_most() -> None:
    assert decimal("0") == 0
    assert decimal("9" * 19) == 10**19 - 1
    with pytest.raises(EvidenceError):
        decimal("1" + "0" * 19)
