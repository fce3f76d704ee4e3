"""A witness's one deed: judge a head, keep it, then sign. Nothing comes between the first two."""

from dataclasses import dataclass
from threading import Lock

import structlog

from broker.witness.memory import WitnessFolder, hashed
from domain.clock import Clock
from domain.errors import EvidenceError
from recorder.cosigning import Cosigner
from recorder.ledger.note import Note
from recorder.ledger.witness import SIZE_TYPE, Refused, Submission, judge, origin_of

log = structlog.get_logger()

PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over HTTP."""

    status: int
    text: str
    content_type: str = PLAIN


class Witness:
    """For any number of threads; they are served one after another."""

    def __init__(self, folder: WitnessFolder, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._cosigners = folder.cosigners()
        self._one_at_a_time = Lock()

    @property
    def cosigners(self) -> tuple[Cosigner, ...]:
        """Its keys."""
        return self._cosigners

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer one submission (tlog-witness, "add-checkpoint"). What it vouches for survives loss of power first."""
        try:
            submission = Submission.of(body)
            origin = origin_of(submission)
        except EvidenceError as error:
            return Answer(400, f"{error.fact}\n")
        with self._one_at_a_time:
            try:
                return self._judged(submission, origin)
            except (EvidenceError, OSError) as error:
                # Not able to remember is not able to vouch.
                log.critical("witness_failed", origin=origin, fact=str(error))
                return Answer(500, "This witness can't remember heads now; nothing was signed.\n")

    def kept(self, hashed_origin: str) -> bytes | None:
        """The last head of the log whose origin hashes to this; None for one that it never vouched for."""
        origin = next((one for one in self._folder.logs() if hashed(one) == hashed_origin), None)
        return self._folder.kept(origin) if origin is not None else None

    def _judged(self, submission: Submission, origin: str) -> Answer:
        keys = self._folder.logs().get(origin, ())
        answer = judge(submission, keys, self._folder.seen(origin))
        if isinstance(answer, Refused):
            log.warning("head_refused", origin=origin, status=answer.status, fact=answer.text.strip())
            return Answer(answer.status, answer.text, SIZE_TYPE if answer.status == 409 else PLAIN)
        lines = tuple(one.cosign(answer.body, self._clock.now()) for one in self._cosigners)
        self._folder.keep(origin, Note(answer.body, (*answer.by, *lines)))
        log.info("head_cosigned", origin=origin, size=answer.head.size)
        return Answer(200, "".join(one.text() for one in lines))
