"""Everything a decision may depend on besides the request itself. Gathered by the shell, once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.access import AccessRequest
from domain.break_glass import Glass
from domain.ids import PermitId, ZoneId
from domain.plant import OperatingState
from policies.charter.charter import Charter
from policies.matter import Matter, matter_of
from policies.occupancy import Occupied
from policies.session_review import Unreviewed
from policies.standing import Standing as Standing
from policies.standing import VerifiedApproval as VerifiedApproval
from policies.tenure import LastUse


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """The plant as this node knows it at ``now``."""

    now: datetime
    charter: Charter
    states: Mapping[ZoneId, OperatingState]
    """From the watchdog; a zone that is missing here is in no known state, and refuses."""
    isolated: frozenset[str]
    """Scopes: ``all``, ``site:x``, ``zone:x``, ``conduit:x``, ``vendor:x``, ``asset:x``, ``person:x``."""
    revoked: frozenset[PermitId]
    """From the watchdog, so that an edited database row can't bring a permit back."""
    standings: tuple[Standing, ...]
    """The permits that may matter, in any order."""
    faults: tuple[str, ...]
    """What this node can't do now (``recorder``, ``watchdog``, ``clock``, ``disk_filling``, ``backlog_full`` …); none is sound."""
    last_use: LastUse | None = None
    """When people last came in, from the ledger; None when that can't be told, which refuses."""
    glasses: tuple[Glass, ...] = ()
    """Every use of break-glass, with the reviews that count; from the watchdog."""
    unreviewed: tuple[Unreviewed, ...] = ()
    """Ended sessions that nobody has reviewed, from the ledger, where the charter asks for reviews."""
    heard: frozenset[PermitId] = frozenset()
    """Permits of whose start somebody of the plant is known to know, from the ledger."""

    sessions: tuple[Occupied, ...] = ()
    """Sessions that have not ended, from the gate itself; a node's other processes know of none."""

    _last: list[tuple[AccessRequest, Matter]] = field(default_factory=list, init=False, repr=False)

    def matter(self, request: AccessRequest) -> Matter:
        """What ``request`` is about: looked up once, however many rules ask."""
        # By identity, not equality: hashing a request costs more than all the look-ups it would save.
        if self._last and self._last[0][0] is request:
            return self._last[0][1]
        found = matter_of(request, self.charter, self.standings, self.revoked, self.now, self.glasses)
        self._last[:] = [(request, found)]
        return found
