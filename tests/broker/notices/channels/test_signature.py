"""The signature of a webhook: over every byte, for its own instant, for a few minutes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.notices.channels.signature import REPLAY_S, SIGNATURE, TIMESTAMP, signed, verify

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SECRET = "0123456789abcdef0123456789abcdef"


def test_a_known_document_has_a_known_signature() -> None:
    headers = signed(SECRET, b'{"a":1}', AT)
    assert headers == {
        TIMESTAMP: "1772438400",
        SIGNATURE: "v1=ec69eb8c8ac0e3ad4c167c34bbfe9135768a36f06defc81fdadd28bfa15818b7",
    }


@given(st.binary(min_size=1, max_size=60), st.data())
def test_a_changed_bit_anywhere_is_seen(body: bytes, data: st.DataObject) -> None:
    headers = signed(SECRET, body, AT)
    at = data.draw(st.integers(0, len(body) * 8 - 1))
    changed = bytearray(body)
    changed[at // 8] ^= 1 << at % 8
    assert verify(SECRET, body, headers[TIMESTAMP], headers[SIGNATURE], AT)
    assert not verify(SECRET, bytes(changed), headers[TIMESTAMP], headers[SIGNATURE], AT)


@pytest.mark.parametrize(
    ("late_s", "believed"),
    [(0, True), (REPLAY_S, True), (-REPLAY_S, True), (REPLAY_S + 1, False), (-REPLAY_S - 1, False)],
)
def test_a_copy_is_worth_nothing_after_five_minutes(late_s: int, believed: bool) -> None:
    headers = signed(SECRET, b"{}", AT)
    now = AT + timedelta(seconds=late_s)
    assert verify(SECRET, b"{}", headers[TIMESTAMP], headers[SIGNATURE], now) is believed


@pytest.mark.parametrize("stamp", ["", "x", "-1", "1772438401", "１７７２４３８４００", "1" * 400])
def test_another_instant_is_not_the_signed_one(stamp: str) -> None:
    headers = signed(SECRET, b"{}", AT)
    assert not verify(SECRET, b"{}", stamp, headers[SIGNATURE], AT)


def test_one_of_two_signatures_is_enough_while_a_secret_is_changed() -> None:
    old, new = signed("o" * 32, b"{}", AT), signed(SECRET, b"{}", AT)
    both = f"{old[SIGNATURE]}, {new[SIGNATURE]}"
    assert verify(SECRET, b"{}", new[TIMESTAMP], both, AT)
    assert not verify("x" * 32, b"{}", new[TIMESTAMP], both, AT)
