"""How fast somebody was out, and which secrets are to be changed: told by the ledger alone."""

from datetime import UTC, datetime, timedelta

import pytest

from broker.departures import CHANGE_WITHIN, departure
from domain.canonical import Json, instant_text
from domain.ids import PersonId

ANA = PersonId("ana")
T0 = datetime(2026, 6, 1, 8, tzinfo=UTC)


def event(kind: str, seconds: float, **more: Json) -> dict[str, Json]:
    return {"event": kind, "at": instant_text(T0 + timedelta(seconds=seconds)), **more}


def opened(seconds: float, session: str, asset: str, person: str = "ana") -> dict[str, Json]:
    return event("SessionOpened", seconds, session=session, asset=asset, person=person)


NOTICE = event("LeavingNoticed", 0, person="ana", until=instant_text(T0))
BEFORE = [opened(-100, "s1", "gateway-1"), event("SessionEnded", -50, session="s1")]
LIVE = [opened(-10, "s2", "eng-ws-1"), opened(-9, "s3", "historian", "ben")]


def test_the_report_says_how_long_it_took() -> None:
    """I01: the report shows the elapsed time."""
    found = departure(ANA, [*BEFORE, *LIVE, NOTICE, event("SessionEnded", 0.4, session="s2")])
    assert (found.noticed, found.until) == (T0, T0)
    assert found.elapsed == timedelta(milliseconds=400)
    assert found.live == ()


def test_it_is_not_over_while_a_session_lives() -> None:
    found = departure(ANA, [*LIVE, NOTICE])
    assert (found.live, found.elapsed) == (("s2",), None)


def test_of_two_notices_the_first_begins_and_the_nearest_deadline_counts() -> None:
    later = event("LeavingNoticed", 60, person="ana", until=instant_text(T0 + timedelta(days=9)))
    found = departure(ANA, [NOTICE, later])
    assert (found.noticed, found.until, found.elapsed) == (T0, T0, timedelta())


def test_nobody_who_stays_has_a_deadline() -> None:
    found = departure(ANA, BEFORE)
    assert (found.noticed, found.elapsed) == (None, None)
    assert [one.standing(T0) for one in found.secrets] == ["held"]


@pytest.mark.parametrize(
    ("changed", "after", "expected"),
    [
        pytest.param(None, timedelta(days=1), "open", id="not changed yet"),
        pytest.param(None, CHANGE_WITHIN - timedelta(microseconds=1), "open", id="the last instant"),
        pytest.param(None, CHANGE_WITHIN, "overdue", id="thirty days"),
        pytest.param(60, CHANGE_WITHIN, "done", id="changed since"),
        pytest.param(-60, timedelta(days=1), "open", id="changed before they left"),
    ],
)
def test_each_secret_that_their_sessions_used_is_a_task_with_a_date(
    changed: float | None, after: timedelta, expected: str
) -> None:
    """I03: shared secrets known to the person are changed within thirty days; overdue ones show."""
    events = [*BEFORE, NOTICE]
    if changed is not None:
        events.append(event("CredentialChanged", changed, asset="gateway-1"))
    (secret,) = departure(ANA, events).secrets
    assert (secret.asset, secret.due) == ("gateway-1", T0 + CHANGE_WITHIN)
    assert secret.standing(T0 + after) == expected


def test_a_leaf_whose_text_is_gone_tells_nothing() -> None:
    assert departure(ANA, [{}]).secrets == ()
