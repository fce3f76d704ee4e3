"""How far collectors are, looked up in a node's folder."""

from datetime import timedelta
from pathlib import Path

from broker.layout import Layout
from broker.siem.looking import progresses
from broker.siem.position import Position, keep_position, position_file
from tests.broker.siem.test_at_work import settings
from tests.recorder.ledger.logs import BEGAN, new_log


def test_each_says_what_waits_and_since_when(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    new_log(layout.ledger, 5)
    keep_position(position_file(layout.siem, "soc"), Position(3, 2, "2026-03-01T06:00:02Z"))
    wanted = settings(
        {"name": "soc", "host": "h"}, {"name": "new", "host": "h"}, {"name": "n", "host": "h", "begin": "now"}
    )
    soc, new, now = progresses(layout, wanted, BEGAN + timedelta(hours=1))
    assert (soc.last, soc.behind, soc.late, soc.waiting_since) == (2, 2, True, BEGAN + timedelta(seconds=3))
    assert (new.last, new.behind, new.late) == (-1, 5, True)
    assert now.behind == 0


def test_without_collectors_nothing_is_read(tmp_path: Path) -> None:
    assert progresses(Layout(tmp_path), settings(), BEGAN) == ()
