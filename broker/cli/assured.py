"""What every ``penstock assurance`` command looks at: charter, evidence, lenses and instant of one node."""

from collections.abc import Container, Mapping, Sequence
from datetime import timedelta

from broker.assurance.documents import Documents
from broker.assurance.reading import Assurance
from broker.assurance.shipped import lenses, shipped
from broker.charter.attestations import read_attestations
from broker.charter.in_force import charter_now
from broker.charter.trust_files import TrustFiles
from broker.cli.answer import fail
from broker.clock import SystemClock
from broker.layout import Layout
from broker.ledger import append_now
from broker.people.factors import SpentSteps
from broker.settings import read_settings
from domain.events import Event
from policies.assurance.collection import Collection, Leaf
from policies.assurance.evidence import Evidence
from policies.assurance.view import Lens
from policies.charter.charter import Charter
from recorder.ledger.reader import LogReader


class Assured:
    """One node, now."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.now = SystemClock().now()
        self.settings = read_settings(layout)
        spent = SpentSteps(layout.spent_steps)
        trust = TrustFiles(layout, with_codes=False)()
        said = read_attestations(layout.attestations, trust, spent.spent_on)
        self.charter: Charter = charter_now(layout).attested(said)
        self.baseline = shipped()
        self.documents = Documents(layout.documents)
        self._assurance = Assurance(LogReader(layout.ledger), self.documents)

    @property
    def reporting(self) -> timedelta:
        """How far back sessions are looked at."""
        return timedelta(days=self.settings.assurance.reporting_days)

    def lenses(self) -> Mapping[str, Lens]:
        """The frameworks as this plant looks through them."""
        return lenses(self.baseline, self.settings.assurance)

    def evidence(self) -> Evidence:
        """Everything that was collected."""
        return self._assurance.evidence(self.charter, self.now)

    def collected(self) -> Collection:
        """The ledger's events, sorted by what they are evidence of."""
        return self._assurance.collected()

    def said(self) -> Sequence[Leaf]:
        """What people added, and what the charter and the node said of themselves."""
        return self._assurance.collected().said

    def append(self, event: Event) -> int:
        """Say it in the ledger: its leaf. EvidenceError, and then it is not so."""
        return append_now(self.layout.signer_socket, event)


def known(what: str, name: str, among: Container[object]) -> None:
    """End the command where somebody named what is not there."""
    if name and name not in among:
        fail(f"There is no {what} {name!r}.", status=2)
