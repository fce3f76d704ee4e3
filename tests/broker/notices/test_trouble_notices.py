"""Who is told of the node's own trouble."""

from dataclasses import replace

from domain.events import (
    ClockStepped,
    CollectorLate,
    HeadUnwitnessed,
    HostKeyMismatch,
    StampsLate,
)
from domain.ids import AssetId
from domain.notice import NoticeKind
from tests.broker.notices.happenings import (
    asked,
    ended,
    opened,
    to,
    told,
)
from tests.policies.plant import NOW


def test_trouble_of_the_node_goes_to_who_leads_incidents() -> None:
    assert to(told(ClockStepped(at=NOW, seconds=90))) == ["sven", "milo"]
    unwitnessed = HeadUnwitnessed(at=NOW, size=9, since=NOW, missing=("corporate",))
    assert to(told(unwitnessed)) == ["sven", "milo"]
    late = CollectorLate(at=NOW, collector="soc", leaf=9, since=NOW, code="unreachable")
    assert to(told(late)) == ["sven", "milo"]
    assert to(told(StampsLate(at=NOW, size=9, since=NOW, waiting=2, code="unreachable"))) == ["sven", "milo"]
    shown = HostKeyMismatch(at=NOW, asset=AssetId("eng-ws-1"), session="", shown="SHA256:x")
    assert all(one.urgent for one in told(shown))


def test_an_end_whose_sides_were_not_seen_closed_is_an_alarm_whatever_ended_it() -> None:
    """D10: a half-open end alarms at once; one that was verified troubles nobody."""
    for cause in ("finished", "killed"):
        alarms = [
            one
            for one in told(replace(ended(cause), verified=False), asked(), opened())
            if one.kind is NoticeKind.TROUBLE
        ]
        assert to(tuple(alarms)) == ["sven", "milo"]
        assert all(one.urgent and "not seen closed" in one.subject for one in alarms)
    assert told(ended("finished"), asked(), opened()) == ()
