"""How long the plant lets a permit wait, and whom it calls meanwhile. Spans here; the charter sets them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.permit import Permit


@dataclass(frozen=True, slots=True, kw_only=True)
class Timers:
    """The spans that count for one boundary. Every end is half-open: at that instant it is over."""

    decide_within: timedelta = timedelta(hours=24)
    """A wish that is not decided this long after it was asked for lapses."""
    use_within: timedelta = timedelta(hours=8)
    """What was approved, and is not used this long after it could be, lapses."""
    arbiter_within: timedelta = timedelta(hours=4)
    """After this, a permit on which those who must agree do not is refused."""
    deputy_after: timedelta = timedelta(minutes=5)
    """How long the holder has before the deputy is called."""
    executive_after: timedelta = timedelta(hours=4)
    """How long until whoever answers for the whole is called."""

    lock_idle_after: timedelta = timedelta(minutes=10)
    """A session that nobody used for so long takes no input until its person has signed in again."""
    end_idle_after: timedelta = timedelta(minutes=30)
    """A session that nobody used for so long ends (``broker.governor.Quiet`` says what use is)."""

    def decide_by(self, permit: Permit) -> datetime:
        """From when on a wish that nobody decided has lapsed; never after its window."""
        return min(permit.window.end, permit.requested_at + self.decide_within)

    def use_by(self, permit: Permit, approved: datetime) -> datetime:
        """From when on an unused permit, approved at ``approved``, has lapsed; never after its window."""
        return min(permit.window.end, max(permit.window.start, approved) + self.use_within)
