import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from broker.door.lobby.sessions import NONE, running, sessions, sessions_json
from broker.sessions.view import SessionView
from domain.ids import PersonId, SessionId

AT = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
ONE = SessionView(
    session=SessionId("s" * 26), permit="p" * 26, person="ana", vendor="acme", asset="plc-07", zone="cell-1",
    conduit="c", source="192.0.2.9", opened_at=AT, deadline=AT + timedelta(hours=2), channels=1,
    bytes_to_asset=0, bytes_to_vendor=0,
)  # fmt: skip


def test_only_one_s_own_are_listed_with_what_holds_them() -> None:
    locked, other = replace(ONE, held=("locked",)), replace(ONE, person="ben")
    mine = running([ONE, other, locked], PersonId("ana"))
    assert sessions(mine, lambda _asset: "Europe/Amsterdam") == (
        f"{'s' * 26}  running\n    plc-07, until 2026-06-01 12:00 CEST\n"
        f"{'s' * 26}  locked: nobody used it\n    plc-07, until 2026-06-01 12:00 CEST\n"
        f"    to go on: ssh ana@gate unlock {'s' * 26}\n"
    )
    assert sessions([], lambda _asset: "UTC") == NONE
    assert [one["held"] for one in json.loads(sessions_json(mine))] == [[], ["locked"]]
