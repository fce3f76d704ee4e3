from datetime import UTC, datetime

from domain.events import SignInLocked, SignInLockLifted, document

AT = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


def test_a_lock_says_of_whom_where_and_until_when() -> None:
    leaf = SignInLocked(at=AT, subject="person:milo", door="ssh", failures=3, until=AT.replace(minute=1))
    assert document(leaf) == {
        "event": "SignInLocked",
        "number": 110,
        "at": "2026-06-01T08:00:00Z",
        "subject": "person:milo",
        "door": "ssh",
        "failures": 3,
        "until": "2026-06-01T08:01:00Z",
        "source": "",
    }


def test_who_ended_a_wait_is_named() -> None:
    leaf = SignInLockLifted(at=AT, subject="source:192.0.2.9", by="local:root")
    assert document(leaf)["by"] == "local:root"
