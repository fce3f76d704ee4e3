"""Whether a time-stamp authority says that the session's end was there at a time, and whether that still stands. Pure."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509

from domain.canonical import Json
from domain.errors import EvidenceError
from recorder import case
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.merkle import verify_consistency
from recorder.ledger.note import Note
from recorder.report import UnfinishedError
from recorder.stamps.chain import crls_in
from recorder.stamps.judge import Stamp, Trusted, judge_token
from recorder.stamps.token import read_token
from recorder.verify_witnesses import consistency_of

HEAD, PROOF, TOKEN, CRLS, CHAIN = "checkpoint", "proof", "token.tst", "crls.pem", "chain.pem"
NAME = re.compile(r"ledger/stamps/(0|[1-9][0-9]?)/(checkpoint|proof|token\.tst|crls\.pem|chain\.pem)")
NEEDED = frozenset({HEAD, PROOF, TOKEN})

AHEAD = timedelta(minutes=1)
"""By how much the plant's clock may be before the authority's without a word about it."""

Event = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Stamping:
    """What is asked of the time-stamps. ``at`` is when they must still stand; None asks only that they once did."""

    roots: tuple[x509.Certificate, ...]
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Enclosed:
    """One stamped head: the note, what leads from it to the checkpoint, the token over the note, and CRLs in PEM."""

    head: bytes
    proof: bytes
    token: bytes
    crls: bytes = b""


def enclosed_in(names: Iterable[str], read: Callable[[str], bytes]) -> tuple[Enclosed, ...]:
    """The stamped heads among a case file's members, by their numbers. EvidenceError for a member that belongs to none."""
    own = sorted(name for name in names if name.startswith(case.STAMPS))
    found: dict[int, set[str]] = {}
    for name in own:
        match = NAME.fullmatch(name)
        if match is None:
            raise EvidenceError(f"{name} has no place among the time-stamps.", code="stamp_strange")
        found.setdefault(int(match[1]), set()).add(match[2])
    if sorted(found) != list(range(len(found))) or not all(each >= NEEDED for each in found.values()):
        raise EvidenceError("Something is missing among the time-stamps.", code="stamp_strange")
    return tuple(_one(f"{case.STAMPS}{number}/", found[number], read) for number in sorted(found))


def _one(folder: str, names: set[str], read: Callable[[str], bytes]) -> Enclosed:
    crls = read(folder + CRLS) if CRLS in names else b""
    return Enclosed(read(folder + HEAD), read(folder + PROOF), read(folder + TOKEN), crls)


def check_stamps(
    asked: Stamping | None,
    enclosed: Sequence[Enclosed],
    checkpoint: Checkpoint,
    end: tuple[int, datetime] | None,
    events: Mapping[int, Event],
    note: Callable[[str], None],
) -> str:
    """The sentence of the step. ``end`` is the index and the instant of the session's end, None where none is enclosed.

    The first of ``enclosed`` is the one that counts; each further one takes in the one before. EvidenceError where one is not
    what it says; UnfinishedError where more is asked for than is enclosed.
    """
    if not enclosed:
        raise UnfinishedError(
            "Time-stamps are asked for, and none is enclosed: it was taken before there was one, or the plant has none."
            " Ask for the case file again.",
            code="stamp_missing",
        )
    heads = [_head(one, checkpoint) for one in enclosed]
    stamps = _stamps(asked, enclosed)
    for number, (head, stamp) in enumerate(zip(heads[1:], stamps[1:], strict=True)):
        _taken_in(enclosed[number].token, stamps[number], head, stamp, events)
    first, last = stamps[0], stamps[-1]
    if asked is None:
        return (
            f"A time-stamp of {first.token.at:%Y-%m-%d %H:%M:%S} UTC over {heads[0].size} leaves is enclosed, and the checkpoint"
            f" extends that head. Nobody has said whose word counts: give the authority's root with --tsa-roots."
        )
    if end is None or end[0] >= heads[0].size:
        raise UnfinishedError(
            f"The stamped head ends at leaf {heads[0].size - 1}, before the session's own end. Ask for the case file again.",
            code="stamp_too_early",
        )
    if asked.at is not None and asked.at > last.runs_out:
        raise UnfinishedError(
            f"The time-stamp ran out on {last.runs_out:%Y-%m-%d}, and none that took it in is enclosed. Ask for the case file again.",
            code="stamp_ran_out",
        )
    if end[1] > first.latest + AHEAD:
        note("By the plant's clock the session ended after it was time-stamped: one of two clocks is wrong.")
    if not first.revocation_known:
        note("No CRL is enclosed that says whether the time-stamp's certificates were revoked.")
    return _sentence(first, last, heads[0], len(stamps))


def _head(one: Enclosed, checkpoint: Checkpoint) -> Checkpoint:
    head = Checkpoint.of(Note.of(one.head).body)
    if head.origin != checkpoint.origin:
        raise EvidenceError(f"The stamped head is of another log, {head.origin}.", code="stamp_origin")
    path = consistency_of(one.proof)
    if not verify_consistency(head.size, checkpoint.size, head.root, checkpoint.root, path):
        raise EvidenceError(
            f"The stamped head of {head.size} leaves is not the beginning of the ledger of {checkpoint.size}: there are two of it.",
            code="stamp_fork",
        )
    return head


def _stamps(asked: Stamping | None, enclosed: Sequence[Enclosed]) -> list[Stamp]:
    lists = tuple(crl for one in enclosed for crl in crls_in(one.crls))
    trusted = None if asked is None else Trusted(asked.roots, lists)
    taken = [read_token(one.token).at for one in enclosed[1:]]
    return [
        judge_token(one.token, one.head, trusted, secured)
        for one, secured in zip(enclosed, [*taken, None], strict=True)
    ]


def _taken_in(
    token: bytes, stamp: Stamp, head: Checkpoint, later: Stamp, events: Mapping[int, Event]
) -> None:
    digest = hashlib.sha256(token).hexdigest()
    told = (
        one.get("event") == "HeadStamped" and one.get("token") == digest
        for index, one in events.items()
        if index < head.size
    )
    if not any(told):
        raise EvidenceError(
            "A later time-stamp is enclosed whose head does not hold the one before.",
            code="stamp_not_taken_in",
        )
    if later.latest > stamp.runs_out:
        raise EvidenceError(
            f"The time-stamp ran out on {stamp.runs_out:%Y-%m-%d}, before the next one took it in.",
            code="stamp_gap",
        )


def _sentence(first: Stamp, last: Stamp, head: Checkpoint, count: int) -> str:
    give = first.token.accuracy
    exactly = "" if give is None else f" (within {give.total_seconds():g} s)"
    since = (
        f"it stands until {last.runs_out:%Y-%m-%d}"
        if count == 1
        else f"{last.authority} took it in at {last.token.at:%Y-%m-%d %H:%M:%S} UTC, and that stands until {last.runs_out:%Y-%m-%d}"
    )
    return (
        f"{first.authority} says that {head.size} leaves, the session's end among them, were there at"
        f" {first.token.at:%Y-%m-%d %H:%M:%S} UTC{exactly}, under the policy {first.token.policy}; {since}."
    )
