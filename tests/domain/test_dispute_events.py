from domain.dispute_events import PermitDisputed, PermitSettled


def test_a_dispute_and_its_end_have_numbers_of_their_own() -> None:
    assert (PermitDisputed.number, PermitSettled.number) == (15, 16)
