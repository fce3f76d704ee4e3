"""Putting a new version of the charter in force: propose, gather signatures, apply.

Order of an application: the version's files are kept, the signed application is kept, the ledger is
told; only then does any process go by it. Interrupted anywhere before the last step, nothing has
changed, and ``resume`` goes on.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from approvals.trust import Trust
from broker.charter import store
from broker.charter.chain import Version, leaf_of, signer_of, trusts, verify_step
from broker.charter.in_force import CharterInForce
from broker.charter.store import Proposed
from broker.charter.trust_files import keep_past
from broker.layout import Layout
from domain.errors import EvidenceError, PenstockError, ProofError
from domain.events import Event
from domain.ids import PersonId
from policies.charter.application import Application, Proposal, Signature
from policies.charter.charter import Charter
from policies.charter.consent import Need, needs, relaxes, unmet
from policies.charter.continuity import breaches
from policies.charter.documents import read_charter
from policies.charter.impact import Impact
from policies.charter.reuse import reused

Weigh = Callable[[Charter, Charter], Impact]
"""Works out what a step would have decided otherwise; it may take minutes."""


class CharterDesk:
    """One node's way to another charter. Every method reads the disk anew."""

    def __init__(self, layout: Layout, node: str, trust: Callable[[], Trust]) -> None:
        self._layout = layout
        self._node = node
        self._trust = trust

    def in_force(self) -> Charter | None:
        """The charter in force, verified; None before the first. ConfigError when disk and ledger disagree."""
        if store.latest(self._layout) == 0:
            return None
        return CharterInForce(self._layout, self._node, self._trust).begin()[0].charter

    def propose(
        self, files: Mapping[str, bytes], reason: str, at: datetime, weigh: Weigh | None = None
    ) -> Proposed:
        """The proposal for these files, with the signatures that it has; a new one when it is another.

        CharterError when the files have faults, PenstockError when they change nothing, or what stays. What a
        relaxing version would change is worked out by ``weigh`` first, and named in what is signed.
        """
        charter = read_charter(files)
        before = self.in_force()
        if before is not None and before.digest == charter.digest:
            raise PenstockError("This charter is in force already: nothing would change.")
        if before is not None and (broken := breaches(before, charter, at)):
            more = f" So it is with {len(broken) - 1} other entries." if len(broken) > 1 else ""
            raise PenstockError(f"{broken[0].fact}{more}", remedy=broken[0].remedy)
        if before is not None and (again := reused(before, self._earlier(), charter)):
            raise PenstockError(again[0].fact, remedy=again[0].remedy)
        number = 1 if before is None else self._number() + 1
        previous = b"" if before is None else before.digest
        waiting = self.waiting()
        if waiting is not None:
            old = waiting.proposal
            same = (old.charter, old.previous, old.version) == (charter.digest, previous, number)
            if same and reason.strip() in {"", old.reason}:
                return waiting
        try:
            proposal = Proposal(
                self._node, number, charter.digest, previous, reason, at.replace(microsecond=0)
            )
        except ValueError as error:
            raise PenstockError(f"{error}.".capitalize(), remedy="Say why, with --reason.") from error
        impact = self._weighed(before, charter, weigh)
        if impact is not None:
            proposal = replace(proposal, impact=impact.digest())
        return store.propose(self._layout, proposal, files, impact)

    def _earlier(self) -> Iterator[Charter]:
        """Every version that was ever applied, the first one first."""
        return (charter for _, charter in store.versions(self._layout))

    def _weighed(self, before: Charter | None, charter: Charter, weigh: Weigh | None) -> Impact | None:
        if before is None or not relaxes(before, charter):
            return None
        if weigh is None:
            raise PenstockError(
                "It relaxes a boundary, and what it would change was not worked out.",
                remedy="Propose it with `penstock charter apply`, which does.",
            )
        return weigh(before, charter)

    def waiting(self) -> Proposed | None:
        """What waits for signatures; None when nothing does, or when it no longer follows on what is in force."""
        found = store.proposed(self._layout)
        if found is None:
            return None
        before = self.in_force()
        expected = b"" if before is None else before.digest
        return found if found.proposal.previous == expected else None

    def sign(self, proposed: Proposed, signature: Signature) -> Proposed:
        """Add a signature, once it verifies; ProofError when it does not."""
        signer_of(signature, proposed.proposal, self._trust())
        store.add_signature(self._layout, signature)
        others = [one for one in proposed.signatures if one.person != signature.person]
        return replace(proposed, signatures=(*others, signature))

    def signed(self, proposed: Proposed) -> frozenset[PersonId]:
        """Who has signed; signatures that do not verify count for nothing."""
        found = set()
        for one in proposed.signatures:
            try:
                found.add(signer_of(one, proposed.proposal, self._trust()))
            except ProofError:
                continue
        return frozenset(found)

    def missing(self, proposed: Proposed, at: datetime) -> tuple[Need, ...]:
        """The signatures that are still needed."""
        return unmet(needs(self.in_force(), proposed.charter(), at), self.signed(proposed))

    def apply(
        self, proposed: Proposed, *, by: str, at: datetime, append: Callable[[Event], object]
    ) -> tuple[Application, bool]:
        """Put it in force, and whether the ledger has it already.

        ConfigError when a signature is missing or something does not hold together. EvidenceError when
        the ledger can't be told: then it is not in force. The very first version alone may be told by
        the gate when it starts, for before that there is no ledger to tell.
        """
        before = self.in_force()
        charter = proposed.charter()
        trust = self._trust()
        signed = self.signed(proposed)
        kept = tuple(one for one in proposed.signatures if one.person in signed)
        application = Application(proposed.proposal, at, by, trust.digest().hex(), kept)
        verify_step(before, charter, application, trust, str(self._layout.proposed))
        store.keep_version(self._layout, charter, proposed.files)
        keep_past(self._layout, trust)
        if proposed.impact is not None:
            store.keep_impact(self._layout, proposed.proposal.version, proposed.impact)
        store.keep_application(self._layout, application)
        told = self._tell(before, Version(application, charter), append)
        store.drop_proposal(self._layout)
        return application, told

    def resume(self, append: Callable[[Event], object]) -> Application | None:
        """Tell the ledger of a version that was kept and not told; None when there is no such thing."""
        before = self.in_force()
        number = (0 if before is None else self._number()) + 1
        if before is None or store.latest(self._layout) < number:
            return None
        application = store.application(self._layout, number)
        charter = store.version(self._layout, application.proposal.charter)
        trust = trusts(self._layout, self._trust)(application.trust)
        verify_step(before, charter, application, trust, str(self._layout.applied))
        self._tell(before, Version(application, charter), append)
        store.drop_proposal(self._layout)
        return application

    def _tell(self, before: Charter | None, version: Version, append: Callable[[Event], object]) -> bool:
        try:
            append(leaf_of(before, version))
        except EvidenceError:
            if before is not None:
                raise
            return False
        return True

    def _number(self) -> int:
        """The number of the version in force."""
        found = CharterInForce(self._layout, self._node, self._trust).begin()[0]
        return found.application.proposal.version
