"""The outbox: durable when put returns, once by key and person, and usable by several processes at once."""

import os
import signal
import stat
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from broker.notices.outbox import Outbox
from domain.errors import EvidenceError
from domain.ids import PersonId
from tests.domain.test_notice import AT, notice

PETRA, OTTO = PersonId("petra"), PersonId("otto")


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "notices.db")


def test_a_notice_reads_back_as_it_was_put(outbox: Outbox) -> None:
    put = notice(subject="Grüße\x1b[31m", sentences=("One.", "Two, 東京."), urgent=True)
    assert outbox.put(put)
    (told,) = outbox.told(PETRA)
    assert told.notice == put
    assert told.read_at is None


def test_the_same_notice_is_kept_once_for_each_person(outbox: Outbox, tmp_path: Path) -> None:
    assert outbox.put(notice())
    assert not outbox.put(notice(subject="Said otherwise"))
    assert not Outbox(tmp_path / "notices.db").put(notice())  # after a restart
    assert outbox.put(notice(to=OTTO))
    assert outbox.put(notice(key="asked:q"))
    assert [one.notice.key for one in outbox.told(PETRA)] == ["asked:q", "asked:p"]
    assert [one.notice.subject for one in outbox.told(OTTO)] == ["A permit waits for you"]


def test_a_list_goes_backwards_from_where_one_was(outbox: Outbox) -> None:
    for number in range(7):
        outbox.put(notice(key=f"asked:{number}"))
    first = outbox.told(PETRA, most=3)
    rest = outbox.told(PETRA, most=9, before=first[-1].number)
    assert [one.notice.key for one in first + rest] == [f"asked:{number}" for number in reversed(range(7))]


def test_what_was_looked_at_is_no_longer_new_and_the_first_look_counts(outbox: Outbox) -> None:
    for key in ("asked:1", "asked:2"):
        outbox.put(notice(key=key))
        outbox.put(notice(key=key, to=OTTO))
    assert outbox.unread(PETRA) == 2
    seen = outbox.told(PETRA)[-1].number
    outbox.read(PETRA, [seen], AT)
    outbox.read(PETRA, [seen], AT + timedelta(hours=1))
    assert outbox.told(PETRA)[-1].read_at == AT
    assert (outbox.unread(PETRA), outbox.unread(OTTO)) == (1, 2)


def test_the_file_is_its_owner_s_alone(outbox: Outbox, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        outbox.put(notice())
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "notices.db").stat().st_mode) == 0o600


def test_several_may_put_at_once_and_nothing_is_lost_or_doubled(outbox: Outbox, tmp_path: Path) -> None:
    def put() -> None:
        mine = Outbox(tmp_path / "notices.db")
        for number in range(10):
            mine.put(notice(key=f"asked:{number}"))

    threads = [threading.Thread(target=put) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outbox.unread(PETRA) == 10


PUTTING = """
import sys
from pathlib import Path
from broker.notices.outbox import Outbox
from tests.domain.test_notice import notice
outbox, number = Outbox(Path(sys.argv[1])), 0
while True:
    outbox.put(notice(key=f"asked:{number}"))
    print(number, flush=True)
    number += 1
"""


def test_what_put_returned_for_is_there_after_a_kill(outbox: Outbox, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PUTTING, str(tmp_path / "notices.db")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for _ in range(5):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    said = 5 + len(process.stdout.readlines())
    process.stdout.close()
    process.wait()
    assert outbox.unread(PETRA) in {said, said + 1}  # the last one may be kept and not yet said
    assert outbox.put(notice(key="asked:after"))


def test_a_transaction_that_fails_leaves_nothing(outbox: Outbox) -> None:
    outbox.put(notice())
    with pytest.raises(ZeroDivisionError), outbox.work() as work:
        work.execute("DELETE FROM notice")
        raise ZeroDivisionError
    assert outbox.unread(PETRA) == 1


def test_an_outbox_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="can't be used"):
        Outbox(tmp_path / "no" / "folder.db").put(notice())
    (tmp_path / "broken.db").write_bytes(b"not a database at all, but long enough to be read as one" * 20)
    with pytest.raises(EvidenceError, match="can't be used"):
        Outbox(tmp_path / "broken.db").put(notice())
