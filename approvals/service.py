"""Decisions on permits, filed: load, apply, tell the ledger, commit, announce.

How a decision, its leaf and its commit follow each other is in ``approvals.work``. Whatever is filed
here opens nothing by itself: the gate verifies every proof again.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from approvals.arbitration import dispute_of, may_end, settling, verify_filed
from approvals.deadlines import WINDOW, deadline
from approvals.filed import Filed
from approvals.lifecycle import PermitEvent
from approvals.narrowing import narrowed
from approvals.proofs import Spent, Verified, verify
from approvals.quorum import Eligible, Ineligible, Terms, complete, may_approve, may_refuse, too_early
from approvals.register import Register
from approvals.store import OpenOne, approval_digest, in_states, of_person
from approvals.trust import Trust
from approvals.work import CLOCK, NOT_COMMITTED, Desk, Work
from domain.clock import Clock
from domain.dispute import Dispute
from domain.errors import DecisionError, EvidenceError, PenstockError, ProofError
from domain.events import ApprovalRejected, PermitApproved
from domain.ids import PermitId, PersonId
from domain.ledger import Ledger
from domain.permit import LONGEST_TEXT, Permit, PermitState
from domain.proof import Approval, PasskeyProof
from domain.rights import DecisionRight
from domain.said import say
from domain.timers import Timers

__all__ = ["Approvals", "Filed"]

log = structlog.get_logger()

DATED_WITHIN = timedelta(minutes=5)
"""How far an approval's date may be from this node's clock when it is filed."""

MOST_WAITING = 10
"""One person's wishes, at once: who is asked a hundred times says yes to the hundred-and-first unread."""

Notify = Callable[[str, PermitId], Awaitable[None]]
"""Told after the commit what became of a permit: its new state, or ``approval`` for a first of two keys."""


Bar = Callable[[PermitId, PersonId, str], Awaitable[None]]
"""Tells whoever keeps revocations apart from the database that a permit opens nothing any more, by whom and
why; PenstockError when that could not be kept, and then the decision does not count."""


async def _unbarred(_permit: PermitId, _by: PersonId, _reason: str) -> None:
    """For a register that no gate reads."""


TimersOf = Callable[[Permit], Timers]
"""The spans that the charter sets for the way that a permit is about."""


NO_DEADLINE = Timers(decide_within=timedelta(days=3650), use_within=timedelta(days=3650))


def _window_alone(_permit: Permit) -> Timers:
    """For a register without a charter."""
    return NO_DEADLINE


Before = Callable[[tuple[tuple[DecisionRight, PersonId], ...]], Awaitable[None]]
"""Does what must be done before an approval takes effect; PenstockError when it could not be."""


async def _nothing_first(_yes: tuple[tuple[DecisionRight, PersonId], ...]) -> None:
    """For an approval by those who hold the right."""


class Approvals(Register):
    """Every permit of the plant, and every decision on one.

    A decision that does not count raises DecisionError or ProofError with a stable ``code``, changes
    nothing, and leaves a leaf. ``lost_race`` says that somebody else decided first.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        ledger: Ledger,
        clock: Clock,
        notify: Notify,
        bar: Bar = _unbarred,
        timers: TimersOf = _window_alone,
    ) -> None:
        super().__init__(engine)
        self._timers = timers
        self._may_lapse: dict[PermitId, Filed] = {}
        self._desk = Desk(engine, ledger, clock)
        self._notify = notify
        self._bar = bar

    async def request(
        self, permit: Permit, door: str, exceptions: tuple[str, ...] = (), source: str = ""
    ) -> None:
        """File what was asked for, with the charter's exceptions that it rests on, and whence it came.

        DecisionError when it is filed already, its window is over, or too many of theirs wait.
        """
        if permit.narrows is not None:
            raise DecisionError(say("Only a holder narrows a permit."), code="not_a_request")
        async with self._desk.work() as work:
            waiting = await work.store.ids(of_person(permit.person), in_states(PermitState.REQUESTED))
            if len(waiting) >= MOST_WAITING:
                raise DecisionError(
                    say("{most_waiting} of your requests wait already.", most_waiting=MOST_WAITING),
                    code="too_many_waiting",
                    remedy=say("Withdraw one that you no longer need, or wait for a decision."),
                )
            await work.file(permit, door, exceptions, source)
        await self._announce("requested", permit.id)

    async def approve(
        self,
        permit: PermitId,
        approval: Approval,
        terms: Terms,
        trust: Trust,
        spent: Spent,
        before: Before = _nothing_first,
    ) -> PermitState:
        """Count one yes; the state afterwards is still ``requested`` while another right must decide.

        ``before`` is awaited once the yes is enough, with each right and who said it, ahead of the permit's approval;
        what it raises keeps the yes from counting.
        """
        async with self._desk.attempt(permit, approval.approver) as work:
            filed = await work.undecided(permit)
            _eligible(filed, terms, approval.approver)
            _or_raise(may_approve(terms, approval.right, approval.approver, work.at))
            if work.at >= filed.permit.window.end:
                raise DecisionError(say("The window is over already."), code="window_over")
            if work.at >= self._timers(filed.permit).decide_by(filed.permit):
                raise DecisionError(
                    say("The time in which this could be decided is over."),
                    code="decision_lapsed",
                    remedy=say("It lapses by itself; whoever asked may ask anew."),
                )
            _dated_now(work, approval)
            if approval.settles is not None:
                raise DecisionError(say("Nothing is in dispute here."), code="not_disputed")
            shown = verify(approval, filed.permit, trust, terms.proofs, spent)
            standing = [one for one in filed.approvals if _verifies(one, filed, terms, trust)]
            said = [(one.right, one.approver) for one in standing]
            if (early := too_early(terms, approval.right, said, work.at)) is not None:
                _or_raise(early)
            filed = await _add(work, filed, approval, shown)
            yes = [*said, (approval.right, approval.approver)]
            if complete(terms, yes, work.at, [one.right for one in standing if one.settles is not None]):
                await before(tuple(yes))
                if terms.beforehand is not None:
                    await work.confirm(filed, terms.beforehand, approval)
                filed = await work.move(filed, PermitEvent.APPROVE, approval.approver, "")
        await self._announce("approved" if filed.state is PermitState.APPROVED else "approval", permit)
        return filed.state

    async def refuse(self, permit: PermitId, by: PersonId, reason: str, terms: Terms) -> PermitState:
        """A holder says no, and why: the end of it, or a dispute. In a dispute a no is the end of it."""
        async with self._desk.attempt(permit, by) as work:
            filed = await work.waiting(permit)
            _eligible(filed, terms, by)
            reason = worded(reason)
            state = PermitState.REFUSED
            if (opened := filed.dispute) is not None:
                _or_raise(may_end(terms, opened, by, work.at))
                await self._end(work, filed, PermitEvent.REFUSE, by, reason)
                if by == opened.arbiter:
                    await work.settled(filed, opened, by, reason)
            elif dispute := self._disputed(work, filed, by, reason, terms):
                state = (await work.dispute(filed, dispute, by, reason)).state
            else:
                await self._end(work, filed, PermitEvent.REFUSE, by, reason)
        await self._announce(str(state), permit)
        return state

    def _disputed(self, work: Work, filed: Filed, by: PersonId, reason: str, terms: Terms) -> Dispute | None:
        _or_raise(may_refuse(terms, by, work.at))
        return dispute_of(filed, terms, by, reason, work.at, self._timers(filed.permit))

    async def settle(
        self, permit: PermitId, approval: Approval, reason: str, terms: Terms, trust: Trust, spent: Spent
    ) -> PermitState:
        """The arbiter says yes, and why: it takes the place of the yes that was refused, and of no other."""
        async with self._desk.attempt(permit, approval.approver) as work:
            filed = await work.waiting(permit)
            dispute = filed.dispute
            if dispute is None:
                raise DecisionError(say("Nothing is in dispute here."), code="not_disputed")
            reason = worded(reason)
            _eligible(filed, terms, approval.approver)
            _or_raise(settling(terms, dispute, approval.approver, work.at))
            if work.at >= dispute.until:
                raise DecisionError(say("The arbiter's time is over."), code="decision_lapsed")
            _dated_now(work, approval)
            if approval.settles != dispute.digest():
                raise DecisionError(say("It settles another dispute than this."), code="wrong_dispute")
            shown = verify_filed(approval, filed.permit, filed.disputes, trust, terms.proofs, spent)
            standing = [one for one in filed.approvals if _verifies(one, filed, terms, trust)]
            filed = await _add(work, filed, approval, shown)
            filed = await work.move(filed, PermitEvent.SETTLE, approval.approver, reason)
            await work.settled(filed, dispute, approval.approver, reason, approval_digest(approval))
            yes = [(one.right, one.approver) for one in (*standing, approval)]
            rights = [one.right for one in (*standing, approval) if one.settles is not None]
            if complete(terms, yes, work.at, rights):
                filed = await work.move(filed, PermitEvent.APPROVE, approval.approver, "")
        await self._announce("approved" if filed.state is PermitState.APPROVED else "approval", permit)
        return filed.state

    async def narrow(self, old: PermitId, new: Permit, by: PersonId, terms: Terms) -> None:
        """A holder puts a smaller permit in the place of a wish; it then needs its own approval."""
        async with self._desk.attempt(old, by) as work:
            filed = await work.undecided(old)
            _eligible(filed, terms, by)
            _or_raise(may_refuse(terms, by, work.at))
            if faults := narrowed(filed.permit, new):
                raise DecisionError(
                    say("This is no narrowing. {faults}", faults=" ".join(faults)), code="not_narrower"
                )
            await work.file(new, "narrowing")
            await self._end(work, filed, PermitEvent.NARROW, by, f"Narrowed to {new.id}.")
        await self._announce("narrowed", old)
        await self._announce("requested", new.id)

    async def withdraw(self, permit: PermitId, by: PersonId) -> None:
        """The person who asked gives it up, before it was used."""
        async with self._desk.attempt(permit, by) as work:
            filed = await work.filed(permit)
            if filed.permit.person != by:
                raise DecisionError(say("Only who asked can withdraw."), code="not_yours")
            await self._end(work, filed, PermitEvent.WITHDRAW, by, "")
        await self._announce("withdrawn", permit)

    async def revoke(self, permit: PermitId, by: PersonId, reason: str) -> None:
        """Take a permit back, and say why. The caller knows that ``by`` may, and tells the watchdog."""
        async with self._desk.attempt(permit, by) as work:
            filed = await work.filed(permit)
            await work.move(filed, PermitEvent.REVOKE, by, worded(reason))
        await self._announce("revoked", permit)

    async def activate(self, permit: PermitId) -> PermitState:
        """A session opens under the permit; a further one changes nothing. Inside its window only."""
        async with self._desk.work() as work:
            filed = await work.filed(permit)
            if not filed.permit.window.contains(work.at):
                raise DecisionError(
                    say("The window of permit {permit} is not open.", permit=permit), code="outside_window"
                )
            first = filed.state is not PermitState.ACTIVE
            if first:
                filed = await work.move(filed, PermitEvent.ACTIVATE, filed.permit.person, "")
        if first:
            await self._announce("active", permit)
        return filed.state

    async def complete(self, permit: PermitId, by: PersonId, reason: str) -> None:
        """A used permit is over before its window is: the work is done."""
        async with self._desk.work() as work:
            filed = await work.filed(permit)
            await self._end(work, filed, PermitEvent.COMPLETE, by, worded(reason))
        await self._announce("completed", permit)

    async def lapse(self, now: datetime) -> tuple[PermitId, ...]:
        """End what time has ended: undecided and unused permits lapse, used ones are completed. Their ids."""
        changed = []
        found = await self.open_ones(now)
        over = (name for name, one in found.items() if one.over)
        for permit in dict.fromkeys((*over, *await self._lapsed(found, now))):
            try:
                async with self._desk.work() as work:
                    filed = await work.filed(permit)
                    ends = deadline(filed, self._timers(filed.permit))
                    if ends is None or now < ends.at:  # somebody was faster
                        continue
                    if filed.approvals and ends.sentence != WINDOW:
                        # Signed, and its window goes on: no edited row may bring it back. First, so that no
                        # leaf tells of an end, again and again, that nobody could be told to keep.
                        await self._bar(permit, PersonId(CLOCK), ends.sentence)
                    state = (await work.move(filed, ends.event, CLOCK, ends.sentence)).state
                    if filed.dispute is not None:
                        await work.settled(filed, filed.dispute, CLOCK, ends.sentence)
            except PenstockError as error:
                # One row that somebody was faster on, tampered with or that can't be barred must not keep the rest open.
                log.warning("permit_not_ended", permit=permit, fact=error.fact)
                continue
            changed.append(permit)
            await self._announce(str(state), permit)
        return tuple(changed)

    async def _lapsed(self, found: Mapping[PermitId, OpenOne], now: datetime) -> list[PermitId]:
        """What was decided or used too late, though its window goes on. Each version is read once."""
        versions = {name: one.version for name, one in found.items() if one.may_lapse}
        known = {name: one for name, one in self._may_lapse.items() if versions.get(name) == one.version}
        for name in versions.keys() - known.keys():
            try:
                filed = await self.filed(name)
            except EvidenceError as error:  # it opens nothing; whoever asks for it is told
                log.warning("permit_not_read", permit=name, fact=error.fact)
                continue
            if filed is not None:
                known[name] = filed
        self._may_lapse = known
        ends = ((name, deadline(one, self._timers(one.permit))) for name, one in known.items())
        return [name for name, end in ends if end is not None and end.at <= now]

    async def _end(self, work: Work, filed: Filed, event: PermitEvent, by: PersonId, reason: str) -> None:
        """End a permit by a person's decision, so that no edited row brings it back with its approvals."""
        await work.move(filed, event, by, reason)
        # A wish that its owner takes back before anybody said yes can be left to its row: nothing was signed,
        # and asking and withdrawing all day must not fill what the watchdog keeps for ever.
        if event is not PermitEvent.WITHDRAW or filed.approvals:
            await self._bar(filed.permit.id, by, reason)

    async def _announce(self, what: str, permit: PermitId) -> None:
        try:
            await self._notify(what, permit)
        except Exception:  # it is decided, filed and in the ledger; a lost message must not undo that
            log.exception("permit_not_announced", what=what, permit=permit)


def worded(reason: str) -> str:
    """A reason that can be kept; DecisionError when there is none, or it is no line of text."""
    text = reason.strip()
    if not text:
        raise DecisionError(
            say("A reason is needed."), code="no_reason", remedy=say("Say why, in a sentence.")
        )
    if len(text) > LONGEST_TEXT or not text.isprintable():
        raise DecisionError(
            say(
                "A reason is one printable line of at most {longest_text} characters.",
                longest_text=LONGEST_TEXT,
            ),
            code="bad_reason",
        )
    return text


async def _add(work: Work, filed: Filed, approval: Approval, shown: Verified) -> Filed:
    approver, permit = approval.approver, filed.permit
    if any((one.right, one.approver) == (approval.right, approver) for one in filed.approvals):
        raise DecisionError(
            say("{approver} has approved under this right already.", approver=approver),
            code="already_approved",
        )
    await _check_counter(work, approval, shown)
    filed = await work.store.add_approval(filed, approval, shown.sign_count)
    await work.tell(
        PermitApproved(
            at=work.at,
            permit=permit.id,
            digest=permit.digest().hex(),
            right=approval.right,
            approver=approver,
            kind=approval.kind,
            approval=approval_digest(approval),
        ),
        ApprovalRejected(
            at=work.at, permit=permit.id, person=approver, code="not_committed", sentence=NOT_COMMITTED
        ),
    )
    return filed


async def _check_counter(work: Work, approval: Approval, shown: Verified) -> None:
    if not isinstance(approval.proof, PasskeyProof):
        return
    # WebAuthn Level 3 section 7.2: a counter that does not rise may mean a copied authenticator.
    highest = await work.store.highest_sign_count(approval.proof.credential_id)
    if (shown.sign_count or highest) and shown.sign_count <= highest:
        raise ProofError(
            say(
                "The passkey's counter went from {highest} to {sign_count}.",
                highest=highest,
                sign_count=shown.sign_count,
            ),
            code="sign_count_went_back",
            remedy=say("It may have been copied. Remove it from the trust file and enrol a new one."),
        )


def _eligible(filed: Filed, terms: Terms, by: PersonId) -> None:
    if terms.requester != filed.permit.person:
        raise ValueError("these terms are another permit's")
    if by == filed.permit.person:
        raise DecisionError(say("Nobody decides on their own request."), code="own_request")


def _or_raise(answer: Eligible | Ineligible) -> None:
    if isinstance(answer, Ineligible):
        raise DecisionError(answer.sentence, code=answer.code)


def _dated_now(work: Work, approval: Approval) -> None:
    if abs(work.at - approval.at) > DATED_WITHIN:
        raise DecisionError(say("The approval is not dated now."), code="wrong_time")


def _verifies(approval: Approval, filed: Filed, terms: Terms, trust: Trust) -> bool:
    """Whether an earlier key still stands. What its code was spent on was asked when it was filed."""
    try:
        verify_filed(approval, filed.permit, filed.disputes, trust, terms.proofs, lambda *_: True)
    except ProofError as error:
        log.warning("filed_approval_does_not_verify", permit=filed.permit.id, code=error.code)
        return False
    return True
