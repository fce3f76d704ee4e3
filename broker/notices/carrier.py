"""Takes what is in the outbox to its persons, and tells the ledger what became of it. Runs beside the console.

After a crash a message may be sent twice, under the same id, and a leaf be written twice, alike: nothing
is ever lost between the two.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog

from broker.notices.audience import Audience
from broker.notices.channels.channel import DeliveryError
from broker.notices.choices import PUSH, digest_due, digest_of, route, wait_after
from broker.notices.deliveries import CONSOLE, Deliveries, Result, Waiting
from broker.notices.message import message_of
from broker.notices.outbox import Outbox, Told
from broker.notices.subscriptions import Subscriptions
from broker.notices.ways import Ways
from domain.clock import Clock
from domain.errors import EvidenceError
from domain.events import NoticeFailed, NoticeSent
from domain.ledger import Ledger
from policies.charter.charter import Charter

log = structlog.get_logger()

EVERY_S = 1.0
UNHEARD_AFTER = timedelta(minutes=15)
"""How long an urgent notice to whoever leads incidents may stay without any sign that it arrived."""


class Carrier:
    """One for a node. ``step`` is all that is to be done now; ``run`` does it again and again."""

    def __init__(
        self,
        outbox: Outbox,
        ways: Ways,
        *,
        charter: Callable[[], Charter],
        ledger: Ledger,
        clock: Clock,
        attempts: int = 8,
        keep: timedelta = timedelta(days=90),
        timeout_s: float = 20,
    ) -> None:
        self._outbox = outbox
        self._deliveries = Deliveries(outbox)
        self._subscriptions = Subscriptions(outbox)
        self._ways = ways
        self._charter = charter
        self._ledger = ledger
        self._clock = clock
        self._attempts = attempts
        self._keep = keep
        self._timeout_s = timeout_s
        self._alarmed: frozenset[int] = frozenset()

    async def run(self) -> None:
        """Until cancelled. Trouble is the operator's to see, and never ends it."""
        while True:
            try:
                await self.step()
            except EvidenceError as error:
                log.critical("notices_stand_still", fact=str(error))
            except Exception:  # whoever approves must not be kept out by what was not sent
                log.exception("notices_stand_still")
            await asyncio.sleep(EVERY_S)

    async def step(self) -> None:
        """Route what is new, try what is due, tell the ledger; EvidenceError when the outbox can't be used."""
        waiting = await asyncio.to_thread(self._to_try)
        # Each channel by itself: one that hangs holds up nobody on another.
        async with asyncio.TaskGroup() as group:
            for name in {one.channel for one in waiting}:
                group.create_task(self._carry([one for one in waiting if one.channel == name]))
        await self._tell()

    def unheard(self) -> tuple[Told, ...]:
        """Urgent notices of a while ago to those who lead incidents, with no sign that they arrived."""
        now = self._clock.now()
        return self._deliveries.unheard(Audience(self._charter(), now).leads(), now - UNHEARD_AFTER)

    def _to_try(self) -> Sequence[Waiting]:
        self._digests()
        self._route()
        return self._deliveries.due(self._clock.now())

    def _route(self) -> None:
        charter, now = self._charter(), self._clock.now()
        leading = Audience(charter, now).leads()
        for told in self._deliveries.unrouted():
            person = charter.people.get(told.notice.to)
            ways = route(
                told.notice,
                self._deliveries.choices(told.notice.to),
                self._ways.channels,
                now,
                lead=told.notice.to in leading,
                outside=person is None or person.vendor is not None,
                browsers=PUSH in self._ways.names and bool(self._subscriptions.of(told.notice.to)),
            )
            self._deliveries.route(told.number, ways)

    async def _carry(self, waiting: Sequence[Waiting]) -> None:
        for one in waiting:
            await self._try(one)

    async def _try(self, one: Waiting) -> None:
        channel = self._ways.channel(one.channel)
        if channel is None:
            await asyncio.to_thread(self._deliveries.failed, one, "no_channel", self._clock.now())
            return
        choices = await asyncio.to_thread(self._deliveries.choices, one.notice.to)
        address = choices.mail if channel.personal else ""
        message = message_of(
            one.notice, one.channel, address=address, origin=self._ways.origin, full=self._ways.full
        )
        try:
            # A channel keeps to its own time-out; this one is for a channel that does not.
            async with asyncio.timeout(self._timeout_s * 2):
                await channel.send(message)
        except (DeliveryError, TimeoutError) as error:
            code, lasting = (
                (error.code, error.lasting) if isinstance(error, DeliveryError) else ("timed_out", False)
            )
            await asyncio.to_thread(self._not_taken, one, code, lasting=lasting)
        except Exception:
            # A library's surprise is one message's trouble; the next one must still be tried.
            log.exception("notice_not_sent", channel=one.channel)
            await asyncio.to_thread(self._not_taken, one, "refused", lasting=False)
        else:
            await asyncio.to_thread(self._deliveries.taken, one, self._clock.now())

    def _not_taken(self, one: Waiting, code: str, *, lasting: bool) -> None:
        now, attempts = self._clock.now(), one.attempts + 1
        if lasting or attempts >= self._attempts:
            log.error("notice_failed", channel=one.channel, to=one.notice.to, code=code, attempts=attempts)
            self._deliveries.failed(one, code, now)
        else:
            log.warning(
                "notice_not_taken", channel=one.channel, to=one.notice.to, code=code, attempts=attempts
            )
            self._deliveries.again(one, code, now + wait_after(attempts, urgent=one.notice.urgent))

    async def _tell(self) -> None:
        for result in await asyncio.to_thread(self._outcomes):
            try:
                await self._ledger.append(self._leaf(result))
            except EvidenceError as error:
                log.warning("delivery_not_in_ledger", fact=str(error))
                return  # the next step begins with it
            await asyncio.to_thread(self._deliveries.told, result)

    def _outcomes(self) -> Sequence[Result]:
        self._alarm()
        return self._deliveries.untold()

    def _leaf(self, result: Result) -> NoticeSent | NoticeFailed:
        notice = result.notice
        if result.code:
            return NoticeFailed(
                at=result.at,
                notice=notice.key,
                to=notice.to,
                kind=notice.kind,
                channel=result.channel,
                permit=notice.permit,
                code=result.code,
                attempts=result.attempts,
            )
        channel = self._ways.channel(result.channel)
        return NoticeSent(
            at=result.at,
            notice=notice.key,
            to=notice.to,
            kind=notice.kind,
            channel=result.channel,
            permit=notice.permit,
            confirmed=result.channel == CONSOLE or (channel is not None and channel.confirms),
            attempts=result.attempts,
        )

    def _digests(self) -> None:
        now = self._clock.now()
        for person in self._deliveries.choosers():
            choices = self._deliveries.choices(person)
            day = digest_due(choices, now)
            if day is None:
                continue
            notices = [one.notice for one in self._deliveries.for_digest(person, choices)]
            digest = digest_of(person, day, notices, now)
            if digest is not None:
                self._outbox.put(digest)
        self._deliveries.forget(now - self._keep)

    def _alarm(self) -> None:
        unheard = self.unheard()
        for told in unheard:
            if told.number not in self._alarmed:
                log.critical("incident_lead_not_reached", to=told.notice.to, notice=told.notice.key)
        self._alarmed = frozenset(told.number for told in unheard)
