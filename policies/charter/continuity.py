"""What no version may say otherwise, whoever signs it: who has held a right, and what has been tolerated.

From the register it follows who took a boundary over and must attest it (J03), and from the exceptions how
often one was renewed (J05). So an entry that has begun stays: it may end earlier, and what comes after it is
another entry. Only with its boundary does it go. The gate asks this of every step as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from domain.exceptions import GrantedException
from domain.rights import Holding
from policies.charter.charter import Charter


@dataclass(frozen=True, slots=True)
class Breach:
    """An entry that has begun and that the new version leaves out, or makes another one."""

    subject: str
    fact: str
    remedy: str

    def sentence(self) -> str:
        """The breach in one line."""
        return f"{self.fact} What to do: {self.remedy}"


def breaches(old: Charter, new: Charter, at: datetime) -> tuple[Breach, ...]:
    """Everything for which the step from ``old`` to ``new`` can't be taken at ``at``."""
    return (*_of_rights(old, new, at), *_of_exceptions(old, new, at))


def _of_rights(old: Charter, new: Charter, at: datetime) -> Iterator[Breach]:
    there = _boundaries(new)
    begun = [one for one in old.register if one.window.start <= at and one.boundary in there]
    kept = {_key(one): one for one in new.register}
    for one in begun:
        label = f"The right '{one.right}' over {one.boundary}, held by {one.holder} from {_day(one)},"
        now = kept.get(_key(one))
        if now is None:
            yield Breach(
                _subject(one),
                f"{label} is left out: it has begun, and who came after {one.holder} would show no more.",
                "Keep the entry, and end it with 'until' where another begins.",
            )
        elif come := [person for person in now.holders if person not in one.holders]:
            yield Breach(
                _subject(one),
                f"{label} has begun and would pass to {', '.join(come)} without anybody attesting it.",
                f"End it with 'until', and name {', '.join(come)} in an entry of their own that begins there.",
            )
    last: dict[str, Holding] = {}
    for one in begun:
        before = last.get(_subject(one))
        if before is None or before.window.start < one.window.start:
            last[_subject(one)] = one
    known = {_key(one) for one in begun}
    for one in new.register:
        before = last.get(_subject(one))
        if before is not None and _key(one) not in known and one.window.start < before.window.start:
            yield Breach(
                _subject(one),
                f"The right '{one.right}' over {one.boundary} is given to {one.holder} from {_day(one)}, "
                f"before {before.holder} came to hold it.",
                "Begin the entry after those that have begun.",
            )


def _of_exceptions(old: Charter, new: Charter, at: datetime) -> Iterator[Breach]:
    there = _boundaries(new)
    kept = {one.id: one for one in new.granted}
    for one in old.granted:
        gone = one.boundary not in there or (one.vendor is not None and one.vendor not in new.vendors)
        if one.window.start > at or gone:
            continue
        now = kept.get(one.id)
        if now is None:
            yield Breach(
                f"exception {one.id}",
                f"Exception {one.id} is left out: it has begun, and renewals are counted from it.",
                "Keep the entry; over before its time, it ends with an earlier 'until'.",
            )
        elif _matter(now) != _matter(one) or now.window.end > one.window.end:
            yield Breach(
                f"exception {one.id}",
                f"Exception {one.id} has begun, and would be another one or last longer.",
                f'Leave it as it is or end it earlier, and grant another one with renews = "{one.id}".',
            )


def _boundaries(charter: Charter) -> frozenset[str]:
    return frozenset({charter.organisation.id, *charter.sites, *charter.zones, *charter.conduits})


def _key(one: Holding) -> tuple[str, datetime]:
    return _subject(one), one.window.start


def _subject(one: Holding) -> str:
    return f"{one.right} over {one.boundary}"


def _day(one: Holding) -> str:
    return f"{one.window.start:%Y-%m-%d}"


def _matter(one: GrantedException) -> tuple[object, ...]:
    """What a renewal is counted by."""
    return one.lifts, one.boundary, one.vendor, one.renews, one.window.start
