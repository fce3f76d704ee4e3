from datetime import UTC, datetime

from broker.sessions.view import SessionView
from domain.ids import SessionId

AT = datetime(2026, 6, 1, 8, tzinfo=UTC)


def test_a_view_says_why_nothing_goes_towards_the_asset() -> None:
    view = SessionView(
        SessionId("s" * 26),
        "p",
        "ana",
        "acme",
        "plc-07",
        "cell-1",
        "dmz-cell",
        "192.0.2.7",
        AT,
        AT,
        1,
        2,
        3,
        ("state",),
    )
    assert view.document()["held"] == ["state"]
    assert view.document()["opened_at"] == "2026-06-01T08:00:00Z"
