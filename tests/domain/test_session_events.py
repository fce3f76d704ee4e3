from datetime import UTC, datetime

from domain.events import SessionOpened, document

AT = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


def test_a_session_is_told_with_its_permit_its_approvals_and_its_latest_end() -> None:
    leaf = SessionOpened(
        at=AT, session="s" * 26, permit="p" * 26, digest="00" * 32, person="ana", asset="plc-07",
        source="192.0.2.9", deadline=AT.replace(hour=9), approvals=("11" * 32,),
    )  # fmt: skip
    told = document(leaf)
    assert (told["number"], told["deadline"], told["exceptions"]) == (30, "2026-06-01T09:00:00Z", [])
