import pytest

from approvals.armour import BEGIN, END, LONGEST_CHARS, bare
from domain.errors import ProofError


def test_what_stands_between_the_lines_is_the_signature() -> None:
    assert bare(f"{BEGIN}\nU1NI\nU0lH\n{END}\n") == b"SSHSIG"


@pytest.mark.parametrize(
    "text",
    ["", "hello", f"{BEGIN}\n%%\n{END}", f"{BEGIN}\nU1NI", f"{BEGIN}\n{'A' * LONGEST_CHARS}\n{END}"],
)
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(ProofError) as raised:
        bare(text)
    assert raised.value.code == "malformed_signature"
