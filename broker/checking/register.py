"""The database's rows against the ledger, and each approval's proof against the key of its day. Reads, and changes nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from approvals.arbitration import verify_filed
from approvals.filed import Filed
from approvals.proofs import Spent
from approvals.register import Register
from approvals.store import approval_digest
from approvals.trust import Trust
from broker.checking.told import Told
from broker.evidence.checked import CHANGED, MISSING, UNBOUND, UNKNOWN, Found
from domain.errors import EvidenceError, ProofError
from domain.ids import PermitId
from domain.proof import ProofKind

AT_ONCE = 100
AGAIN_S = 1.0
"""A decision is in the ledger before it is in the database: what differs is looked at once more, so much later."""

ANY_PROOF = frozenset(ProofKind)


@dataclass(slots=True)
class Counted:
    """How much was compared."""

    permits: int = 0
    approvals: int = 0


class Permits:
    """One look over all. ``fresh`` reads the ledger anew; ``trusts`` finds a version of the trust file by its digest."""

    def __init__(
        self,
        engine: AsyncEngine,
        told: Told,
        fresh: Callable[[], Told],
        trusts: Callable[[str], Trust | None],
        spent: Spent,
        pause: Callable[[int], None],
    ) -> None:
        self._engine = engine
        self._register = Register(engine)
        self._told = told
        self._fresh = fresh
        self._trusts = trusts
        self._spent = spent
        self._pause = pause
        self.counted = Counted()

    async def faults(self) -> AsyncIterator[Found]:
        """What is wrong with any row."""
        ids = await self._ids()
        odd: list[str] = []
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            odd += [one async for one in self._odd(some)]
        missing = sorted(self._told.permits.keys() - set(ids))
        if odd or missing:
            await asyncio.sleep(AGAIN_S)
            self._told = await asyncio.to_thread(self._fresh)
        for permit in (*odd, *missing):
            for found in await self._of(permit):
                yield found

    async def _ids(self) -> list[str]:
        async with self._engine.connect() as look:
            return [str(one[0]) for one in await look.execute(text("SELECT id FROM permit ORDER BY id"))]

    async def _odd(self, permits: Sequence[str]) -> AsyncIterator[str]:
        try:
            kept = await self._register.these([PermitId(one) for one in permits])
        except EvidenceError:
            if len(permits) == 1:
                yield permits[0]
                return
            for one in permits:
                async for odd in self._odd([one]):
                    yield odd
            return
        for one in permits:
            filed = kept.get(PermitId(one))
            self.counted.permits += 1
            self.counted.approvals += len(filed.approvals) if filed else 0
            self._pause(len(filed.permit.canonical()) if filed else 0)
            if filed is None or len(await asyncio.to_thread(self._compared, filed)):
                yield one

    async def _of(self, permit: str) -> list[Found]:
        by = self._told.last("permit", permit)
        try:
            filed = await self._register.filed(PermitId(permit))
        except EvidenceError as error:
            return [Found("permit", permit, CHANGED, error.fact, by.person, by.leaf)]
        if filed is None:
            fact = f"Permit {permit} is in the ledger, and not in the database."
            return [Found("permit", permit, MISSING, fact, by.person, by.leaf)]
        return await asyncio.to_thread(self._compared, filed)

    def _compared(self, filed: Filed) -> list[Found]:
        return list(self._differing(filed))

    def _differing(self, filed: Filed) -> Iterator[Found]:
        permit, told = str(filed.permit.id), self._told
        by = told.last("permit", permit)

        def found(place: str, code: str, fact: str, item: str = permit) -> Found:
            return Found(place, item, code, fact, by.person, by.leaf)

        if permit not in told.permits:
            yield found("permit", UNKNOWN, f"The ledger does not tell of permit {permit}.")
            return
        if told.permits[permit] != filed.permit.digest().hex():
            yield found("permit", CHANGED, f"Permit {permit} is not the one that was asked for.")
        if told.states.get(permit) != str(filed.state):
            fact = f"Permit {permit} is {filed.state} here, and {told.states.get(permit)} by the ledger."
            yield found("permit", CHANGED, fact)
        wanted = told.approvals.get(permit, {})
        here = {approval_digest(one): one for one in filed.approvals}
        for digest in sorted(wanted.keys() - here.keys()):
            yield found(
                "approval", MISSING, f"An approval of permit {permit} is not in the database.", digest
            )
        for digest, approval in here.items():
            if digest not in wanted:
                fact = f"The ledger does not tell of {approval.approver}'s approval of permit {permit}."
                yield found("approval", UNKNOWN, fact, digest)
                continue
            days = [wanted[digest], *sorted(told.announced - {wanted[digest]})]
            faults = [self._proof_fault(filed, digest, day) for day in days]
            if faults and all(faults):
                fact = (
                    f"{approval.approver}'s approval of permit {permit} does not verify any more: {faults[0]}"
                )
                yield found("approval", UNBOUND, fact, digest)

    def _proof_fault(self, filed: Filed, digest: str, day: str) -> str:
        approval = next(one for one in filed.approvals if approval_digest(one) == digest)
        trust = self._trusts(day)
        if trust is None:
            return "the trust file of its day is not kept"
        try:
            verify_filed(approval, filed.permit, filed.disputes, trust, ANY_PROOF, self._spent)
        except ProofError as error:
            return error.fact
        return ""
