from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from broker.console.permits.urgency import SOON, changed_at, queue_of
from domain.permit import Permit
from tests.broker.console.house import House
from tests.policies.plant import NOW, permit


@dataclass(frozen=True)
class Row:
    """As much of a sheet as decides on its place."""

    permit: Permit
    lapses: datetime | None
    mine: bool = True
    safety: bool = False
    asked: timedelta = timedelta(hours=2)
    approved: timedelta | None = None

    @property
    def names(self) -> Any:
        return SimpleNamespace(safety=self.safety)

    @property
    def filed(self) -> Any:
        given = [SimpleNamespace(at=NOW - self.approved)] if self.approved is not None else []
        return SimpleNamespace(filed_at=NOW - self.asked, approvals=given, history=[])


def row(name: str, minutes: int, **more: Any) -> Row:
    one = replace(permit(), id=name * 26, requested_at=NOW)
    return Row(one, NOW + timedelta(minutes=minutes), **more)


def order(*rows: Row) -> str:
    found = queue_of(rows, None, NOW)  # type: ignore[arg-type]
    return "".join(one.sheet.permit.id[0] for one in (*found.yours, *found.others))


def test_what_lapses_first_stands_first_and_safety_before_its_equals() -> None:
    assert order(row("a", 90), row("b", 10), row("c", 90, safety=True)) == "bca"
    assert order(row("a", 10, mine=False), row("b", 90)) == "ba", "one's own before others'"


def test_what_does_not_lapse_by_itself_lapses_with_its_window() -> None:
    (one,) = queue_of([replace(row("a", 0), lapses=None)], None, NOW).yours  # type: ignore[list-item]
    assert one.left == permit().window.end - NOW


@pytest.mark.parametrize(
    ("left", "soon"), [(SOON, True), (SOON + timedelta(seconds=1), False), (timedelta(-1), True)]
)
def test_what_lapses_soon_is_marked(left: timedelta, soon: bool) -> None:
    (one,) = queue_of([replace(row("a", 0), lapses=NOW + left)], None, NOW).yours  # type: ignore[list-item]
    assert one.soon is soon
    assert one.left >= timedelta()


@pytest.mark.parametrize(
    ("asked", "approved", "news"),
    [(2, None, ""), (0, None, "new"), (2, 0, "changed"), (2, 2, "")],
    ids=["seen", "new", "changed", "approved before"],
)
def test_what_happened_since_the_last_look_is_marked(asked: int, approved: int | None, news: str) -> None:
    given = None if approved is None else timedelta(hours=approved)
    one = row("a", 90, asked=timedelta(hours=asked), approved=given)
    since = NOW - timedelta(hours=1)
    found = queue_of([one], since, NOW)  # type: ignore[list-item]
    assert (found.yours[0].news, found.news) == (news, int(bool(news)))
    assert queue_of([one], None, NOW).news == 0, "who never looked has seen nothing before"  # type: ignore[list-item]


async def test_a_row_is_new_until_its_holder_has_looked(house: House) -> None:
    first = await house.ask()
    filed = await house.approvals.filed(first.id)
    assert filed is not None
    assert changed_at(filed) == filed.filed_at
    async with await house.sign_in("petra") as petra:
        looked = await petra.get("/queue")
        assert "since you last looked" not in looked.text
        cookie = looked.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "Secure" in cookie
        house.clock.advance(timedelta(minutes=1))
        await house.ask()
        petra.headers["cookie"] += "; " + cookie.partition(";")[0]
        again = (await petra.get("/queue")).text
        assert "1 new or changed since you last looked" in again
        assert "/queue/rows?since=2026" in again
        assert (await petra.get("/queue/rows?since=nonsense")).status_code == 200
