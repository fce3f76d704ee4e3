"""What is asked, and what is answered. One request type for every door, one decision type for all."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from domain.ids import AssetId, ConduitId, PermitId, PersonId, RuleId, ToolId
from domain.rights import DecisionRight
from domain.window import TimeWindow


class Action(StrEnum):
    """What is done to an asset, in rising order of consequence (IEC 62443-3-3 SR 2.1, paraphrased)."""

    VIEW = "view"
    OPERATE = "operate"
    CONFIGURE = "configure"
    OVERRIDE = "override"


class PassageKind(StrEnum):
    """Everything an SSH client can ask to be let through, whether we ever grant it or not."""

    SHELL = "shell"
    EXEC = "exec"
    SFTP = "sftp"
    SCP = "scp"
    """scp's own old protocol, ``scp -O``; today's scp speaks sftp unless told so."""
    RSYNC = "rsync"
    ZMODEM = "zmodem"
    """Files inside a terminal (``rz``, ``sz``): no channel of its own, but a grant of its own."""
    FORWARD = "forward"
    """``-L``: a native protocol to one of the asset's endpoints."""

    AGENT = "agent"
    X11 = "x11"
    REVERSE_FORWARD = "reverse-forward"
    STREAMLOCAL = "streamlocal"
    TUN = "tun"
    JUMP = "jump"
    SUBSYSTEM = "subsystem"
    """Any subsystem other than sftp."""
    ENVIRONMENT = "environment"
    OTHER = "other"
    """A channel or request type that this version does not know."""


FILES = frozenset({PassageKind.SFTP, PassageKind.SCP, PassageKind.RSYNC, PassageKind.ZMODEM})
"""What moves files. Each may be granted for one direction alone."""

GRANTABLE = FILES | {PassageKind.SHELL, PassageKind.EXEC, PassageKind.FORWARD}
"""What a permit may name. Everything else is refused whatever a charter says."""


class Flow(StrEnum):
    """Which way files go, in the words of the clients that move them."""

    BOTH = ""
    GET = "get"
    """From the asset."""
    PUT = "put"
    """To the asset."""


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One kind of passage that a permit or a conduit lets through.

    ``port`` only for a forward, ``flow`` only for what moves files.
    """

    kind: PassageKind
    port: int = 0
    flow: Flow = Flow.BOTH

    def __str__(self) -> str:
        more = self.flow or self.port
        return f"{self.kind}:{more}" if more else str(self.kind)

    @staticmethod
    def of(text: str) -> "Grant":
        """The grant written as ``shell``, ``sftp:get`` or ``forward:502``; ValueError for anything else."""
        kind, colon, port = text.partition(":")
        if kind in FILES and port in {Flow.GET, Flow.PUT}:
            return Grant(PassageKind(kind), 0, Flow(port))
        if colon and not (
            port.isascii() and port.isdigit() and 0 < int(port) < 65536 and str(int(port)) == port
        ):
            raise ValueError(f"{text!r} does not name a port from 1 to 65535")
        grant = Grant(PassageKind(kind), int(port) if colon else 0)
        if grant.kind not in GRANTABLE or (bool(colon) and grant.kind is not PassageKind.FORWARD):
            raise ValueError(f"{text!r} can't be granted")
        return grant


def granted(grants: Collection[Grant], wanted: Grant) -> bool:
    """Whether ``grants`` name ``wanted``; what moves files is named by both of its directions as by neither."""
    if wanted.kind not in FILES:
        return wanted in grants
    flows = flows_of(grants, wanted.kind)
    return wanted.flow in flows if wanted.flow else flows >= {Flow.GET, Flow.PUT}


def flows_of(grants: Collection[Grant], kind: PassageKind) -> frozenset[Flow]:
    """The directions in which ``kind`` may move files."""
    named = {one.flow for one in grants if one.kind is kind}
    return frozenset({Flow.GET, Flow.PUT} if Flow.BOTH in named else named)


def as_held(wanted: Grant, grants: Collection[Grant]) -> Grant:
    """``wanted``, said for the one direction that ``grants`` name where they name but one."""
    flows = flows_of(grants, wanted.kind)
    return Grant(wanted.kind, wanted.port, *flows) if not wanted.flow and len(flows) == 1 else wanted


class ConnectionMethod(StrEnum):
    """How somebody comes to the gate."""

    SSH = "ssh"
    BROWSER = "browser"
    """By the console, which connects in the name of whoever signed there with their passkey."""


class RequestField(StrEnum):
    """What a request says in words; each conduit says which of them it must hold."""

    PURPOSE = "purpose"
    WORK_ORDER = "work_order"
    BACK_OUT = "back_out"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Stated:
    """What a request says in words: what for, on whose order, how it is undone, and how it would go wrong."""

    purpose: str = ""
    work_order: str = ""
    """The plant's reference for the work or the change."""
    back_out: str = ""
    failure: str = ""

    def blank(self, asked: Iterable[RequestField]) -> tuple[RequestField, ...]:
        """Those of ``asked`` that say nothing, in their own order."""
        wanted = frozenset(asked)
        return tuple(one for one in RequestField if one in wanted and not getattr(self, one.value).strip())


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """A wish, at whichever door it was made.

    ``window`` set: somebody asks for a permit. ``window`` None: somebody wants through now, and
    ``passage`` says with what. ``permit`` pins one permit where the client named it.
    """

    person: PersonId
    asset: AssetId
    passage: tuple[Grant, ...]
    actions: frozenset[Action]
    source: str
    """The client's IP address in its canonical text, or ``local`` for the machine's own socket."""
    window: TimeWindow | None = None
    permit: PermitId | None = None
    detail: str = ""
    """What the client literally asked for, escaped; for the evidence, never for a rule."""
    conduit: ConduitId | None = None
    """Pins one conduit where several would do."""
    client: str = ""
    """The version string that the client sent (RFC 4253 section 4.2); empty where there is no SSH client."""
    key: str = ""
    """The fingerprint of the key that signed; empty where none did."""
    by_program: bool = False
    """Nobody was there when this client signed in: a certificate of one's own key, or a key that was unlocked, stood for the second factor."""
    tools: frozenset[ToolId] = frozenset()
    """While asking: with what it will be done. None named means the client that asks."""
    networks: frozenset[str] = frozenset()
    """While asking: from where it will be done, in CIDR. None named means the network that asks."""
    method: ConnectionMethod | None = None
    limits: frozenset[str] = frozenset()
    """While asking: within which limits, each in its one written form (``domain.limits``). Over a protocol for which none
    is named, those of the conduit are meant."""
    stated: Stated = Stated()
    """While asking: what the request says in words."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule's word: a code that scripts rely on, a sentence for people, and what to do about it."""

    rule: RuleId
    code: str
    sentence: str
    remedy: str = ""
    exception: str = ""
    """The id of the exception that the rule's yes rests on."""


def exceptions_of(reasons: Iterable[Reason]) -> tuple[str, ...]:
    """The exceptions that a decision rests on, each once, in the order of their ids."""
    return tuple(sorted({one.exception for one in reasons if one.exception}))


@dataclass(frozen=True, slots=True)
class Allow:
    """Every rule that had a say accepted; ``until`` is the instant at which this must end."""

    reasons: tuple[Reason, ...]
    permit: PermitId
    until: datetime
    latest: datetime | None = None
    """What a step that must not be interrupted may hold the window's end to, at most: whatever ends first
    of contract and admission. None holds nothing."""
    charter: bytes = field(default=b"", compare=False)
    """Digest of the charter that it was decided under; for the evidence."""
    lock_idle_after: timedelta | None = field(default=None, compare=False)
    """How long nobody may use the session before its person has to sign in again; None is for as long as they like."""
    end_idle_after: timedelta | None = field(default=None, compare=False)
    """How long nobody may use the session before it ends; None is for as long as they like."""


@dataclass(frozen=True, slots=True)
class NeedsApproval:
    """Nothing refuses, but these rights have not decided yet; ``waiting_for`` may decide."""

    reasons: tuple[Reason, ...]
    rights: frozenset[DecisionRight]
    waiting_for: tuple[PersonId, ...]
    permit: PermitId | None = None
    """The permit that waits, once one has been asked for."""


@dataclass(frozen=True, slots=True)
class Deny:
    """At least one rule refused, or none had anything to say. The first reason is the one to show."""

    reasons: tuple[Reason, ...]


Decision = Allow | NeedsApproval | Deny
