"""Whose signatures make a checkpoint count: C2SP tlog-policy, one text file that logs, verifiers and people read. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.errors import ConfigError, EvidenceError
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.note import Note, VerifierKey
from recorder.ledger.suites import Suite, time_of

NONE = "none"
LONGEST_BYTES = 256 * 1024
MOST = 64
"""How many logs, witnesses and groups one policy may name; twice what the specification asks for."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody outside who vouches for heads. ``url`` is where it takes them; empty where only proofs are read."""

    name: str
    key: VerifierKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Members of which ``least`` must have vouched; each a witness or a group."""

    name: str
    least: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A head that a policy accepts, and by whom."""

    head: Checkpoint
    log: VerifierKey
    witnesses: tuple[str, ...]
    """Names of the policy, in its order."""
    at: datetime | None
    """The earliest time that a witness of it states; None where none of them does."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The logs that are known, the witnesses, and how many of whom are enough."""

    logs: tuple[VerifierKey, ...]
    witnesses: tuple[Witness, ...]
    groups: tuple[Group, ...]
    quorum: str

    def met(self, vouched: frozenset[str]) -> bool:
        """Whether ``vouched`` (names of witnesses) are enough."""
        return self.quorum == NONE or self._met(self.quorum, vouched)

    def _met(self, name: str, vouched: frozenset[str]) -> bool:
        group = next((one for one in self.groups if one.name == name), None)
        if group is None:
            return name in vouched
        return sum(self._met(one, vouched) for one in group.members) >= group.least

    def check(self, data: bytes) -> Witnessed:
        """The head in ``data``; EvidenceError unless a known log signed it and enough witnesses vouch for it."""
        note = Note.of(data)
        head = Checkpoint.of(note.body)
        logs = [one for one in self.logs if one.name == head.origin]
        by = note.signed_by(logs)
        found: dict[str, datetime | None] = {}
        for witness in self.witnesses:
            key = witness.key
            for line in note.lines:
                if (line.name, line.key_id) == (key.name, key.id):
                    note.signed_by([key])
                    at, before = time_of(key.suite, line.signature), found.get(witness.name)
                    found[witness.name] = at if at is None or before is None else min(at, before)
        if not self.met(frozenset(found)):
            named = ", ".join(found) or "nobody"
            raise EvidenceError(
                f"Not enough witnesses vouch for this head of {head.size} leaves: {named}, where "
                f"`quorum {self.quorum}` is asked for.",
                remedy="Take a checkpoint that was cosigned since, or ask why the witnesses do not answer.",
                code="witness_quorum",
            )
        times = [one for one in found.values() if one is not None]
        return Witnessed(head, by[0], tuple(found), min(times, default=None))

    @staticmethod
    def of(text: str, file: str = "") -> "Policy":
        """The policy that ``text`` states; ConfigError names the line and the remedy."""
        if len(text) > LONGEST_BYTES:
            raise ConfigError(
                "This policy is too long.", file=file, remedy="Name what is needed and no more."
            )
        reading = _Reading(file)
        for number, line in enumerate(text.split("\n"), 1):
            reading.take(number, line)
        return reading.policy()


class _Reading:
    """Line by line; what a line names must stand above it."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._line = 0
        self._logs: list[VerifierKey] = []
        self._witnesses: dict[str, Witness] = {}
        self._groups: dict[str, Group] = {}
        self._placed: set[str] = set()
        self._quorum = ""

    def take(self, number: int, line: str) -> None:
        self._line = number
        if any(char < " " and char != "\t" for char in line) or "\x7f" in line:
            raise self._fault("A policy holds no control characters.", "Write it as plain text.")
        words = line.replace("\t", " ").strip(" ").split(" ")
        words = [one for one in words if one]
        if not words or words[0].startswith("#"):
            return
        match words:
            case ["log", key, *url] if len(url) <= 1:
                self._logs.append(self._key(key, Suite.ED25519, Suite.ML_DSA_44))
            case ["witness", name, key, *url] if len(url) <= 1:
                self._name(name)
                self._witnesses[name] = Witness(name, self._key(key), *url)
            case ["group", name, least, *members] if members:
                self._group(name, least, members)
            case ["quorum", name]:
                if self._quorum:
                    raise self._fault("There is a quorum already.", "Keep one quorum line.")
                if name != NONE:
                    self._known(name)
                self._quorum = name
            case _:
                raise self._fault(
                    f"`{words[0][:40]}` begins no line of this form.",
                    "Write `log KEY [URL]`, `witness NAME KEY [URL]`, `group NAME all|any|K NAME…` or `quorum NAME`.",
                )
        if max(len(self._logs), len(self._witnesses), len(self._groups)) > MOST:
            raise self._fault(f"More than {MOST} of these are named.", "Name what is needed and no more.")

    def policy(self) -> Policy:
        if not self._quorum:
            raise ConfigError(
                "This policy has no quorum.",
                file=self._file,
                remedy="End it with `quorum NAME`, or with `quorum none` where no witness is needed.",
            )
        return Policy(
            tuple(self._logs), tuple(self._witnesses.values()), tuple(self._groups.values()), self._quorum
        )

    def _key(self, text: str, *_only: Suite) -> VerifierKey:
        try:
            key = VerifierKey.of(text)
        except EvidenceError as error:
            raise self._fault(error.fact, "Copy the whole line that whoever runs it hands out.") from error
        wanted = _only or (Suite.ED25519_COSIGNATURE, Suite.ML_DSA_44)
        if key.suite not in wanted:
            raise self._fault(
                f"A key of type {key.suite.byte.hex()} does not belong here.",
                "A log's key has the type 01 or 06, a witness's 04 or 06.",
            )
        others = [*self._logs, *(one.key for one in self._witnesses.values())]
        if key.public_key in {one.public_key for one in others}:
            raise self._fault("This key is named already.", "Name each log and each witness once.")
        return key

    def _group(self, name: str, least: str, members: list[str]) -> None:
        self._name(name)
        for one in members:
            self._known(one)
            if one in self._placed:
                raise self._fault(f"`{one}` is in a group already.", "Name each in one group only.")
            self._placed.add(one)
        counts = {"all": len(members), "any": 1}
        number = int(least) if least.isascii() and least.isdigit() and len(least) < 4 else 0
        enough = counts.get(least, number)
        if not 1 <= enough <= len(members):
            raise self._fault(
                f"`{least[:40]}` of {len(members)} can't be met or means nothing.",
                f"Write all, any, or a number from 1 to {len(members)}.",
            )
        self._groups[name] = Group(name, enough, tuple(members))

    def _name(self, name: str) -> None:
        if name == NONE or name in self._witnesses or name in self._groups:
            raise self._fault(f"`{name[:40]}` is taken.", "Give each witness and group its own name.")

    def _known(self, name: str) -> None:
        known: Mapping[str, object] = {**self._witnesses, **self._groups}
        if name not in known:
            raise self._fault(
                f"`{name[:40]}` is named nowhere above.", "Name witnesses and groups before they are used."
            )

    def _fault(self, fact: str, remedy: str) -> ConfigError:
        return ConfigError(fact, file=self._file, line=self._line, remedy=remedy)
