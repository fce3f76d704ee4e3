"""What the console is made of. The composition root fills it; nothing here opens anything by itself.

The console proposes: it files requests, hands signed approvals on to be checked, and asks the
watchdog to stop, revoke or isolate. The gate believes none of its pages.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar
from urllib.parse import urlsplit

from opentelemetry.trace import TracerProvider
from sqlalchemy.ext.asyncio import AsyncEngine

from approvals.attesting import Attestation
from approvals.service import Approvals
from approvals.trust import Trust
from broker.assurance.reading import Assurance
from broker.browser_statement import BrowserStatement
from broker.certificate_statement import CertificateStatement
from broker.charter.desk import CharterDesk
from broker.doorway import Doorway
from broker.evidence.checked import Checked
from broker.evidence.keeping_desk import KeepingDesk
from broker.evidence.standing import Standing as EvidenceStanding
from broker.notices.outbox import Outbox
from broker.notices.subscriptions import Offer
from broker.people.factors import SecondFactor
from broker.people.proven import SignInProvider
from broker.quarantine.release_desk import ReleaseDesk
from broker.reading.index import Index
from broker.sessions.live_screen import LiveScreen
from broker.sessions.live_view import LiveView
from broker.settings import AssuranceSettings
from domain.access import AccessRequest, Decision
from domain.canonical import Json
from domain.clock import Clock
from domain.ids import AssetId, ConduitId, PermitId, PersonId, SessionId
from domain.ledger import Ledger
from domain.permit import Permit
from domain.plant import OperatingState
from domain.proof import PasskeyProof
from policies.charter.charter import Charter
from policies.facts import Facts
from policies.session_review import Unreviewed
from policies.standing import Standing
from policies.template import Inside
from recorder.format.frame import Frame
from recorder.ledger.reader import LogReader
from recorder.report import Report

Made = TypeVar("Made")


class Asked(Protocol):
    """The answer to a wish."""

    @property
    def decision(self) -> Decision:
        """What the rules say."""
        ...

    @property
    def permit(self) -> Permit | None:
        """The permit that now waits, if one was filed."""
        ...


class Admission(Protocol):
    """The one way to a decision."""

    async def ask(
        self,
        request: AccessRequest,
        *,
        purpose: str,
        work_order: str = "",
        back_out: str = "",
        failure: str = "",
        time_zone: str | None = None,
        conduit: ConduitId | None = None,
        states: frozenset[OperatingState] | None = None,
    ) -> Asked:
        """File a permit for ``request``, or say why not; ValueError for what can't be put in a permit's words."""
        ...

    async def inside(
        self, request: AccessRequest, states: frozenset[OperatingState] | None = None
    ) -> Inside | None:
        """The standing template that such a wish would lie inside now; files nothing."""
        ...

    async def facts_for(self, person: PersonId, asset: AssetId) -> Facts:
        """What a decision about this person and asset would rest on now; files nothing."""
        ...

    async def facts_now(self) -> Facts:
        """The plant as it stands, without any permit."""
        ...

    async def live_standings(self) -> tuple[Standing, ...]:
        """Every permit that may open something, with the approvals that verify here and now."""
        ...


class Holding(Protocol):
    """The gate, which alone can have a session's end wait. DecisionError says why it does not; PeerError that it is gone."""

    async def hold(
        self, session: SessionId, person: PersonId, code: str, length: timedelta, reason: str
    ) -> datetime:
        """Declare a step that must not be interrupted; when time ends the session now."""
        ...

    async def release(self, session: SessionId, person: PersonId) -> datetime:
        """The step is done; when the session ends."""
        ...


class Confirming(Protocol):
    """The gate, which knows the connections that wait for their person's passkey. DecisionError says why it does not."""

    async def found_sign_in(self, person: PersonId, code: str) -> BrowserStatement | None:
        """What waits under this code for this person."""
        ...

    async def confirm_sign_in(self, person: PersonId, code: str, proof: PasskeyProof, browser: str) -> None:
        """Let it go on, by a signature that the gate checks."""
        ...

    async def refuse_sign_in(self, person: PersonId, code: str, browser: str) -> None:
        """Turn it away."""
        ...


class Gate(Protocol):
    """The gate, as a browser's tab needs it (ADR 0048). DecisionError or ProofError says why it does not; PeerError that it is gone."""

    async def doorway(self) -> Doorway:
        """Where its SSH door is, and by which key it is known."""
        ...

    async def draw_certificate(
        self, person: PersonId, permit: PermitId, public_key: str, browser: str
    ) -> CertificateStatement:
        """What the person is to sign, so that this key is certified for this permit."""
        ...

    async def certify(self, person: PersonId, drawn: str, proof: PasskeyProof | str) -> str:
        """The certificate, for a signature or a one-time code."""
        ...


class Playback(Protocol):
    """One session's evidence. Called off the event loop; EvidenceError when it can't be had."""

    def casts(self) -> Mapping[int, str]:
        """The terminal channels that can be replayed: number and a name."""
        ...

    def cast(self, channel: int) -> Iterable[bytes]:
        """One channel as asciicast v2, sanitised: no control sequence that reaches outside the terminal."""
        ...

    def capture(self, channel: int) -> bytes:
        """One channel of a native protocol as pcapng; KeyError when it carried none."""
        ...

    def read(self, reader: Callable[[Iterable[Frame], datetime], Made]) -> Made:
        """What ``reader`` makes of the recording's frames and its beginning."""
        ...

    def stream(self, reader: Callable[[Iterable[Frame]], Iterator[bytes]]) -> Iterator[bytes]:
        """What ``reader`` makes of the recording's frames, piece by piece; the recording is held open meanwhile."""
        ...

    def case_file(self) -> BinaryIO:
        """The zip that an auditor takes away, from its first byte on; gone once it is closed."""
        ...

    def verify(self) -> Report:
        """Make the case file and run the stand-alone verifier over it."""
        ...


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """Where the console is reached."""

    origins: tuple[str, ...]
    """Exact origins, as browsers write them: ``https://localhost:8443``. Anything else is refused."""

    rp_id: str
    """The host name that passkeys are bound to."""

    ssh_host: str
    """What vendors' clients connect to; shown in the commands to copy."""

    ssh_port: int

    node: str = "unnamed"
    """The ledger's origin: by it an answer that was signed elsewhere says whose question it answers."""

    registration: str = "invited"
    """Whether companies may ask to be known: ``off``, ``invited`` or ``open``."""
    help: str = ""
    """Whom to call who can't sign in; everybody sees it."""

    assurance: AssuranceSettings = field(default_factory=AssuranceSettings)
    """Which frameworks apply, and how far back the assurance view looks."""

    check_every: timedelta = timedelta()
    """How often all evidence is checked; zero for never by itself."""

    language: str = "en"
    """What a page is in for somebody who chose none and whose browser names none that it is kept in."""

    pages: str = ""
    """The name below which each page of a device that is open has a host name of its own; empty for none in a browser."""

    @property
    def port(self) -> str:
        """As it stands in our origin: with its colon, or nothing where it is the usual one."""
        number = urlsplit(self.origins[0]).port
        return "" if number is None else f":{number}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The Host header's accepted names."""
        names = (urlsplit(origin).hostname for origin in self.origins)
        return tuple(dict.fromkeys(name for name in names if name))


@dataclass(frozen=True, slots=True)
class ConsoleParts:
    """Everything the console needs, built elsewhere."""

    charter: Callable[[], Charter]
    trust: Callable[[], Trust]
    approvals: Approvals
    admission: Admission
    codes: SecondFactor
    watchdog: Callable[[Mapping[str, Json]], Awaitable[Mapping[str, Json]]]
    """Asks the watchdog; PeerError when it does not answer."""
    attest: Callable[[Attestation], None]
    """Keeps a statement whose leaf the ledger has; EvidenceError when it can't be kept."""
    ledger: Ledger
    log: LogReader
    playback: Callable[[SessionId], Playback | None]
    """A session's evidence, or None when this node has no recording of it."""
    view: Callable[[SessionId], LiveView]
    """What a live session's terminals show; EvidenceError when that can't be seen."""
    screen: Callable[[SessionId], LiveScreen]
    """What its screen shows; as ``view``."""
    engine: AsyncEngine
    clock: Clock
    settings: ConsoleSettings
    templates: Path | None = None
    """The file of standing templates; None where this console has no node."""
    notices: Outbox | None = None
    """What people are told; None where this console has no node."""
    push: Offer | None = None
    """None where Web Push is off."""
    steps: Holding | None = None
    """Where a step that must not be interrupted is declared; None where this console has no gate."""
    device: Confirming | None = None
    """Where an SSH connection that waits for a passkey is confirmed; None where this console has no gate."""
    gate: Gate | None = None
    """Where a browser's tab is let in to an asset; None where this console has no gate."""
    provider: SignInProvider | None = None
    """The plant's identity provider; None where it has none. Local sign-in never asks for it."""
    keeping: KeepingDesk | None = None
    """Where holds and deletions of evidence are signed; None where this console has no node."""
    erase: Callable[[str], Awaitable[None]] | None = None
    """Asks the gate to destroy what two persons signed; DecisionError says why it does not."""
    files: ReleaseDesk | None = None
    """Where vendors' files are released; None where this console has no node."""
    drafts: CharterDesk | None = None
    """Where another version of the charter is proposed and signed; None where this console has no node."""
    reviews: Callable[[], Awaitable[tuple[Unreviewed, ...]]] | None = None
    """Ended sessions that nobody has reviewed; None where this console has no node."""
    index: Index | None = None
    """The search over recordings; None where it is off or can't be had."""
    assurance: Assurance | None = None
    """The evidence behind the controls; None where this console has no node."""
    evidence: Callable[[], tuple[EvidenceStanding, ...]] = tuple
    """How everything stands that the evidence rests on; reads files. Nothing where this console has no node."""
    checked: Callable[[], Checked | None] = lambda: None
    """The last check of all evidence; None where there was none."""
    tracer: TracerProvider | None = None
    """What requests are traced with; None where nothing is."""
