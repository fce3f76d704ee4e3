"""The ledger told on: once, from where one was, also after a crash between any two steps."""

from datetime import timedelta
from pathlib import Path

import pytest

from broker.notices.follower import Follower
from broker.notices.outbox import Outbox
from domain.errors import EvidenceError
from domain.ids import PersonId
from tests.broker.notices.happenings import START, Leaflog, P, asked, changed, opened
from tests.clock import FrozenClock
from tests.policies.plant import NOW, charter

PETRA, ANA = PersonId("petra"), PersonId("ana")


def follower(folder: Path, log: Leaflog, clock: FrozenClock | None = None) -> Follower:
    return Follower(Outbox(folder / "notices.db"), log, charter, clock or FrozenClock(NOW))


def keys(folder: Path, person: PersonId) -> list[str]:
    return [one.notice.key for one in reversed(Outbox(folder / "notices.db").told(person))]


def test_a_leaf_is_told_once_and_a_restart_goes_on_from_there(tmp_path: Path) -> None:
    log = Leaflog()
    first = follower(tmp_path, log)
    first.step()
    log.add(asked())
    first.step()
    first.step()
    assert keys(tmp_path, PETRA) == [f"asked:{P}"]
    log.add(changed("approved"))
    again = follower(tmp_path, log)
    again.step()
    assert keys(tmp_path, PETRA) == [f"asked:{P}", f"starts:{P}"]
    assert keys(tmp_path, ANA) == [f"decided:{P}:approved"]


def test_a_node_that_never_told_anybody_begins_now_and_knows_what_is_open(tmp_path: Path) -> None:
    log = Leaflog()
    log.add(asked(), asked(permit="q" * 26))
    beginner = follower(tmp_path, log)
    beginner.step()
    assert keys(tmp_path, PETRA) == []
    log.add(changed("approved"))
    beginner.step()
    assert keys(tmp_path, ANA) == [f"decided:{P}:approved"]


def test_time_tells_too_and_once(tmp_path: Path) -> None:
    log, clock = Leaflog(), FrozenClock(NOW)
    one = follower(tmp_path, log, clock)
    one.step()
    log.add(asked(), changed("approved"))
    clock.wall = START - timedelta(minutes=20)
    for _ in range(3):
        one.step()
    assert keys(tmp_path, PETRA) == [f"asked:{P}", f"starts:{P}", f"starts-soon:{P}"]
    follower(tmp_path, log, clock).step()
    assert len(keys(tmp_path, PETRA)) == 3


def test_a_crash_before_the_commit_tells_it_all_again_and_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Leaflog()
    follower(tmp_path, log).step()
    log.add(asked(), opened())
    broken = follower(tmp_path, log)

    def down(*_: object) -> None:
        raise EvidenceError("The disk is full.")

    with monkeypatch.context() as patch, pytest.raises(EvidenceError):
        patch.setattr("broker.notices.follower._write", down)
        broken.step()
    assert keys(tmp_path, PETRA) == []
    follower(tmp_path, log).step()
    assert keys(tmp_path, PETRA) == [f"asked:{P}"]


def test_many_leaves_are_taken_in_pieces(tmp_path: Path) -> None:
    log = Leaflog()
    follower(tmp_path, log).step()
    log.add(*(asked(permit=f"{number:026d}") for number in range(450)))
    follower(tmp_path, log).step()
    assert Outbox(tmp_path / "notices.db").unread(PETRA) == 450
