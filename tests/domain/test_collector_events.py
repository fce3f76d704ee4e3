"""What the ledger is told of collectors."""

from datetime import UTC, datetime

from domain.events import CollectorLate, document

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def test_a_late_collector_is_named_with_the_leaf_that_it_waits_for_and_since_when() -> None:
    late = CollectorLate(at=AT, collector="soc", leaf=12, since=AT, code="unreachable")
    assert document(late) == {
        "event": "CollectorLate",
        "number": 180,
        "at": "2026-03-02T08:00:00Z",
        "collector": "soc",
        "leaf": 12,
        "since": "2026-03-02T08:00:00Z",
        "code": "unreachable",
    }
