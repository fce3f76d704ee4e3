from dataclasses import replace
from pathlib import Path

import pytest

from broker.quarantine.cards import LARGEST_BYTES, Card, drop_card, read_card, write_card
from broker.quarantine.judging import NOT_RELEASABLE
from broker.quarantine.seams import FileState
from domain.errors import EvidenceError
from tests.broker.quarantine.store import CAME

KEY = bytes(32)
CARD = Card(
    "f" * 26, replace(CAME, name=b"\xff\n/../x"), 9, "ab" * 32, True, "", "2026-03-02T08:00:00Z",
    FileState.HELD, "file_waits", "It waits.", "Wait.", "zip", ("clamav: clean",), 2, ("a", "b"),
)  # fmt: skip


def test_a_card_comes_back_as_it_was_written_with_any_name(tmp_path: Path) -> None:
    for card in (CARD, replace(CARD, state=FileState.RELEASED)):
        write_card(tmp_path, card, KEY)
        assert read_card(tmp_path, card.id, KEY) == card
    assert CARD.brief().names == ()
    assert CARD.verdict().code == "file_waits"


def test_a_card_that_somebody_wrote_or_changed_or_moved_is_not_believed(tmp_path: Path) -> None:
    write_card(tmp_path, CARD, KEY)
    path = tmp_path / f"{CARD.id}.card"
    good = path.read_bytes()
    for bad in (
        b"",
        good[:-1],
        good.replace(b"held", b"released"),
        good[65:],
        b"0" * 64 + good[64:],
        bytes(LARGEST_BYTES),
    ):
        path.write_bytes(bad)
        with pytest.raises(EvidenceError):
            read_card(tmp_path, CARD.id, KEY)
    path.write_bytes(good)
    with pytest.raises(EvidenceError):
        read_card(tmp_path, CARD.id, b"k" * 32)
    path.rename(tmp_path / f"{'g' * 26}.card")
    with pytest.raises(EvidenceError, match="another file's"):
        read_card(tmp_path, "g" * 26, KEY)
    drop_card(tmp_path, "g" * 26)
    drop_card(tmp_path, "g" * 26)
    with pytest.raises(EvidenceError):
        read_card(tmp_path, "g" * 26, KEY)


def test_what_nobody_could_look_at_or_the_charter_refuses_nobody_releases() -> None:
    assert CARD.releasable
    assert not replace(CARD, state=FileState.REFUSED).releasable
    assert not any(replace(CARD, code=one).releasable for one in NOT_RELEASABLE)
