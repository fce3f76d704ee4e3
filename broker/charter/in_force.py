"""The charter that this process goes by: verified from disk and ledger, and taken up anew when one is applied."""

from collections.abc import Callable

import structlog

from approvals.trust import Trust
from broker.charter import store
from broker.charter.chain import APPLIED, Version, follow, newest_leaf, trusts
from broker.layout import Layout
from domain.errors import ConfigError, PenstockError
from policies.charter.charter import Charter
from recorder.ledger.reader import LogReader

log = structlog.get_logger()

NONE = ConfigError(
    "No charter is in force on this node.",
    remedy="Have one signed and applied: `penstock charter apply`; docs/charter.md says how.",
)


class CharterInForce:
    """Callable: the charter now. ``look`` is asked every second, and tells of a new one once."""

    def __init__(self, layout: Layout, node: str, trust: Callable[[], Trust]) -> None:
        self._layout = layout
        self._node = node
        self._log = LogReader(layout.ledger)
        self._trust_named = trusts(layout, trust)
        self._version: Version | None = None
        self._leaf_from = 0
        self._refused = 0

    def __call__(self) -> Charter:
        """The charter in force; ConfigError before ``begin``."""
        if self._version is None:
            raise NONE
        return self._version.charter

    def begin(self) -> tuple[Version, bool]:
        """The version in force, and whether the ledger holds it; only the very first may still be untold.

        ConfigError when there is none, when it does not verify, or when disk and ledger disagree.
        """
        last = store.latest(self._layout)
        if last == 0:
            raise NONE
        told = newest_leaf(self._log) if (self._layout.ledger / "checkpoint").exists() else None
        number, named, self._leaf_from = told or (1, "", 0)
        if number > last or (told is None and last > 1):
            raise ConfigError(
                f"The ledger and the disk disagree about the charter: version {number} against {last}.",
                file=str(self._layout.applied),
                remedy=store.RESTORE,
            )
        if number < last:
            log.warning("charter_not_in_force", version=last, in_force=number)
        version = follow(self._layout, self._node, self._trust_named, None, number)
        if version is None or (told is not None and version.application.digest().hex() != named):
            raise ConfigError(
                "The charter on disk is not the one that the ledger names.",
                file=str(self._layout.applied),
                remedy=store.RESTORE,
            )
        self._version = version
        return version, told is not None

    def look(self) -> Version | None:
        """The version that has come into force since; None when none has, or when it does not verify."""
        if self._version is None:
            raise NONE
        now = self._version.application.proposal.version
        last = store.latest(self._layout)
        if last <= now or last == self._refused:
            return None
        try:
            told = self._newly_told()
            if told is None:
                return None
            number, named = told
            version = follow(self._layout, self._node, self._trust_named, self._version, number)
            if version is None or version.application.digest().hex() != named:
                raise ConfigError("It is not the one that the ledger names.", file=str(self._layout.applied))
        except PenstockError as error:
            self._refused = last
            log.critical("charter_refused", version=last, in_force=now, fact=str(error))
            return None
        self._version = version
        return version

    def _newly_told(self) -> tuple[int, str] | None:
        """The newest application that the ledger was told of and that we do not go by yet."""
        size = self._log.size
        if size <= self._leaf_from:
            return None
        for kept in self._log.events(self._leaf_from, size, newest_first=True):
            number = kept.event.get("version")
            if kept.event.get("event") == APPLIED and isinstance(number, int):
                self._leaf_from = size
                here = self._version.application.proposal.version if self._version else 0
                return (number, str(kept.event.get("application", ""))) if number > here else None
        self._leaf_from = size
        return None


def charter_now(layout: Layout) -> Charter:
    """The newest applied charter as it lies on disk, for commands; the plant's draft before the first.

    What it says decides nothing here: the gate verifies for itself.
    """
    last = store.latest(layout)
    if last == 0:
        from policies.charter.documents import read_charter  # noqa: PLC0415 - before the first version only

        return read_charter(layout.charter_files())
    return store.version(layout, store.application(layout, last).proposal.charter)
