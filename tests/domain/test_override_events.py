from datetime import UTC, datetime

from domain.events import OverrideBegun, OverrideEnded, OverrideReviewed, document

AT = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


def test_an_override_is_told_with_its_end_its_holder_and_its_code() -> None:
    begun = OverrideBegun(
        at=AT, override="1", scope="zone:cell-1", by="petra", reason="crane", until="2026-06-01T09:00:00Z",
        zone="", state="", step=7, enforced="acknowledged",
    )  # fmt: skip
    over = OverrideEnded(at=AT, override="1", scope="zone:cell-1", by="petra", why="time")
    seen = OverrideReviewed(at=AT, override="1", scope="zone:cell-1", by="kim", finding="as agreed", step=9)
    assert [document(one)["number"] for one in (begun, over, seen)] == [221, 222, 223]
