"""What the door needs of the rest of the gate, as it sees it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from broker.conduits.far_end import FarEnd
from broker.conduits.seams import Closable, Engine, Live, Passage
from broker.conduits.target import Credential
from broker.conduits.tcp.filter import Filter
from broker.door.browser_sign_ins import BrowserSignIns
from broker.governor import Cause, Hold
from broker.people.factors import SecondFactor
from broker.quarantine.seams import Quarantine
from broker.sessions.step_ups import StepUps
from broker.sessions.view import SessionView
from domain.access import AccessRequest, Action, Allow, Decision, Grant
from domain.clock import Clock
from domain.exceptions import GrantedException
from domain.ids import AssetId, ConduitId, PermitId, PersonId, SessionId, VendorId
from domain.ledger import Ledger
from domain.parties import LeavingKind, Person, Vendor
from domain.permit import Permit, PermitState
from domain.plant import Asset, Conduit, Endpoint, OperatingState, Organisation, Site
from domain.plant import Protocol as Speaks
from domain.proof import Approval
from domain.timers import Timers


class Passed(Protocol):
    """The answer to a wish to get through now."""

    @property
    def decision(self) -> Decision: ...
    @property
    def permit(self) -> Permit | None: ...
    @property
    def approvals(self) -> tuple[str, ...]: ...


class Asked(Protocol):
    """The answer to a wish for a permit."""

    @property
    def decision(self) -> Decision: ...
    @property
    def permit(self) -> Permit | None: ...


class Filed(Protocol):
    """A permit and where it stands."""

    @property
    def permit(self) -> Permit: ...
    @property
    def state(self) -> PermitState: ...
    @property
    def approvals(self) -> tuple[Approval, ...]: ...


class Admission(Protocol):
    """The one way to a decision."""

    async def through(self, request: AccessRequest) -> Passed:
        """Whether this may pass now."""
        ...

    async def ask(
        self,
        request: AccessRequest,
        *,
        purpose: str,
        work_order: str = "",
        back_out: str = "",
        failure: str = "",
        conduit: ConduitId | None = None,
        states: frozenset[OperatingState] | None = None,
        door: str = "ssh",
    ) -> Asked:
        """File a permit, for ``states`` or all of them; ValueError when the words don't fit into one."""
        ...

    async def permits_of(self, person: PersonId) -> tuple[Filed, ...]:
        """This person's permits, newest first."""
        ...


class Withdraw(Protocol):
    """Takes a person's own permit back; PenstockError when that can't be done."""

    async def __call__(self, permit: PermitId, person: PersonId, /) -> object: ...


class LiveSession(Live, Protocol):
    """A running session as the door sees it."""

    locked_s: float
    """When it was locked last, in seconds since boot."""

    @property
    def id(self) -> SessionId: ...
    @property
    def permit(self) -> Permit: ...
    @property
    def over(self) -> bool: ...
    @property
    def holds(self) -> frozenset[Hold]: ...

    @property
    def step_ups(self) -> StepUps: ...

    def tell(self, text: str) -> None:
        """Show a line on the session's terminals."""
        ...

    def may_go_on(self, hold: Hold) -> None:
        """This cause of a hold is no more, and that is kept."""
        ...

    def must_end(self, cause: Cause) -> None:
        """Nothing crosses from here on."""
        ...

    def keep(self, closable: Closable) -> None:
        """Have this closed at the session's end."""
        ...


class Supervisor(Protocol):
    """Opens sessions and lets channels into them."""

    async def open(
        self,
        allow: Allow,
        permit: Permit,
        approvals: tuple[str, ...],
        *,
        person: Person,
        asset: Asset,
        source: str,
        came: AccessRequest | None = None,
    ) -> Any:
        """A session with its recording open and its leaf kept; EvidenceError or TransitionError otherwise."""
        ...

    def session(self, number: SessionId) -> LiveSession | None:
        """The session of that id, while it has not ended."""
        ...

    def sessions(self) -> tuple[SessionView, ...]:
        """Every session that has not ended, oldest first."""
        ...

    async def admit_channel(self, session: Any, passage: Passage, grant: Grant, detail: str) -> int:
        """The number of a new channel whose opening is recorded and kept."""
        ...


class Vault(Protocol):
    """Keeps the credentials that assets ask for."""

    def credential(self, asset: AssetId) -> Credential:
        """The one for ``asset``; PenstockError when there is none."""
        ...

    def held(self, asset: AssetId, protocol: Speaks) -> Credential | None:
        """What the gate signs in with over a protocol other than SSH; None when nothing is kept for that."""
        ...


class Charter(Protocol):
    """What the door reads of the charter."""

    @property
    def organisation(self) -> Organisation: ...
    @property
    def people(self) -> Mapping[PersonId, Person]: ...
    @property
    def assets(self) -> Mapping[AssetId, Asset]: ...
    @property
    def conduits(self) -> Mapping[ConduitId, Conduit]: ...
    @property
    def vendors(self) -> Mapping[VendorId, Vendor]: ...
    @property
    def exceptions(self) -> tuple[GrantedException, ...]: ...

    def boundaries(self, asset: AssetId, conduit: ConduitId) -> tuple[str, ...]:
        """What somebody may hold a right over on the way to ``asset``, near to far."""
        ...

    def conduits_for(self, vendor: VendorId, asset: AssetId) -> tuple[Conduit, ...]:
        """The conduits that lead this vendor to ``asset``."""
        ...

    def timers_of(self, asset: AssetId, conduit: ConduitId) -> Timers:
        """How long things may wait on the way to ``asset``."""
        ...

    def step_up_actions(self, conduit: Conduit) -> frozenset[Action]:
        """What needs a proof of its own each time that it is done over ``conduit``."""
        ...

    def place_of(self, asset: AssetId) -> Site | Organisation:
        """By whose clock a time about ``asset`` is read."""
        ...

    def person_of_key(self, openssh_line: str) -> Person | None:
        """The one person with this key."""
        ...


class CharterNow(Protocol):
    """The charter in force."""

    def __call__(self) -> Charter: ...


class Notices(Protocol):
    """Who takes a vendor's word that one of its people needs access no longer."""

    async def give(self, by: PersonId, person: PersonId, kind: LeavingKind) -> datetime:
        """From when on they have none; DecisionError when that is not ``by``'s to say."""
        ...


class Certificates(Protocol):
    """Issues SSH certificates for people: ``broker.door.issuing``."""

    @property
    def authority(self) -> str: ...

    async def of_own_key(
        self, person: PersonId, permit: PermitId, *, key: str, factor: str, source: str, client: str
    ) -> tuple[str, datetime]:
        """A certificate for the key with that fingerprint, and when it ends; DecisionError with the reason else."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """All that the door is given."""

    charter: CharterNow
    admission: Admission
    codes: SecondFactor
    supervisor: Supervisor
    vault: Vault
    ledger: Ledger
    clock: Clock
    withdraw: Withdraw
    notices: Notices | None = None
    quarantine: Quarantine | None = None
    """Where files go that must be screened, and what tells the ledger of files; None where this gate has none."""
    browser: BrowserSignIns | None = None
    """Where a passkey in the browser may stand in for a one-time code; None where the plant does not let it."""
    certificates: Certificates | None = None
    """Who issues certificates for one permit, and whose are believed; None believes none."""
    gateway: Callable[[Filter, Endpoint], Filter] | None = None
    """Ends encrypted OPC UA where the charter pins the server's certificate, by the node's own key; None where it has none."""
    desktops: Callable[[Endpoint, FarEnd], Engine] | None = None
    """What speaks RDP to an asset in the gate's stead; DecisionError where it can't there. None where this gate has none."""
