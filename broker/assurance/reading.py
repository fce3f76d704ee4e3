"""The evidence of this node, read from its ledger: once from the beginning, then on from where the last look ended."""

from datetime import datetime
from threading import Lock

from broker.assurance.documents import Documents
from broker.assurance.shipped import shipped
from policies.assurance.collection import Collection, Leaf
from policies.assurance.evidence import Evidence
from policies.assurance.gathering import gathered
from policies.assurance.register_items import documents
from policies.charter.charter import Charter
from recorder.ledger.reader import LogReader


class Assurance:
    """Reads files and blocks: call it off the event loop. Callable from several threads, one after the other."""

    def __init__(self, log: LogReader, kept: Documents) -> None:
        self.log = log
        self.documents = kept
        self._collection = Collection()
        self._lock = Lock()

    def collected(self) -> Collection:
        """Everything up to the published head. Not to be changed, and only valid until the next call."""
        with self._lock:
            return self._read_on()

    def evidence(self, charter: Charter, at: datetime) -> Evidence:
        """The evidence at ``at``, with every document looked at. EvidenceError where there is no ledger to read."""
        with self._lock:
            collection = self._read_on()
            standing = frozenset(one.text("digest") for one in documents(collection.said).values())
            return gathered(shipped(), charter, collection, at, self.documents.altered(standing))

    def _read_on(self) -> Collection:
        if self.log.size < self._collection.read:  # another log than before: one that was set back
            self._collection = Collection()
        for kept in self.log.events(self._collection.read):
            self._collection.take(Leaf(kept.index, kept.event))
        return self._collection
