import pytest

from broker.conduits.company import ALONE_BYTES, LATELY_S, LIGHT_BYTES, SHARED_BYTES, Company


@pytest.mark.parametrize(
    ("read", "after_s", "may"),
    [
        pytest.param(None, 0.0, ALONE_BYTES, id="nobody was there yet"),
        pytest.param(1, 0.0, SHARED_BYTES, id="a letter"),
        pytest.param(1, LATELY_S - 0.01, SHARED_BYTES, id="a letter a moment ago"),
        pytest.param(1, LATELY_S, ALONE_BYTES, id="a letter that is long ago"),
        pytest.param(LIGHT_BYTES, 0.0, ALONE_BYTES, id="a transfer"),
    ],
)
def test_a_transfer_reads_little_while_somebody_types(read: int | None, after_s: float, may: int) -> None:
    company = Company()
    if read is not None:
        company.read(read, 100.0)
    assert company.may_read(100.0 + after_s) == may


def test_a_letter_is_not_forgotten_when_a_transfer_follows() -> None:
    company = Company()
    company.read(1, 100.0)
    company.read(ALONE_BYTES, 100.1)
    assert company.may_read(100.2) == SHARED_BYTES
