"""How the console says no: one exception, one set of codes, as a page or as problem+json (RFC 9457)."""

from collections.abc import Mapping

from sqlalchemy.exc import SQLAlchemyError

from domain.access import Decision, Deny
from domain.errors import DecisionError, EvidenceError, PeerError, PenstockError, ProofError, TransitionError
from domain.said import say
from policies.explain import outward

STATUS = {"too_many_waiting": 429}
"""Where HTTP has a better word than 403 for a no."""


class RefusalError(Exception):
    """An answer other than yes. ``code`` is stable: scripts rely on it."""

    def __init__(
        self,
        status: int,
        code: str,
        sentence: str,
        remedy: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        faults: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.remedy = remedy
        self.headers = dict(headers or {})
        self.faults = faults
        """What is wrong with a request, place by place: a JSON pointer (RFC 6901) and a few words."""


def not_signed_in() -> RefusalError:
    """Nobody is known here."""
    return RefusalError(401, "not_signed_in", say("Nobody is signed in here."), say("Sign in, then go on."))


def not_yours() -> RefusalError:
    """The caller is known, but this door is not theirs."""
    return RefusalError(
        403,
        "not_your_role",
        say("Nothing in the plant's charter gives you this page today."),
        say("If it should be yours, ask who holds the decision right to have the charter changed."),
    )


def not_found() -> RefusalError:
    """There is no such thing, or it is somebody else's: the answer is the same."""
    return RefusalError(404, "not_found", say("There is nothing here under this name that concerns you."))


def of_decision(decision: Decision) -> RefusalError:
    """A rule's no, in the words that may leave the plant."""
    if not isinstance(decision, Deny):
        return RefusalError(403, "no_conduit", say("No conduit of the charter leads there for you."))
    reason = outward(decision)
    return RefusalError(STATUS.get(reason.code, 403), reason.code, reason.sentence, reason.remedy)


def of_error(error: PenstockError) -> RefusalError:
    """An error that crossed a package boundary, as an answer."""
    match error:
        case TransitionError():
            remedy = error.remedy or say("Look at the permit again: somebody, or the clock, was faster.")
            return RefusalError(409, "permit_moved_on", error.fact, remedy)
        case ProofError() | DecisionError():
            status = 403 if isinstance(error, ProofError) else 409
            return RefusalError(status, error.code, error.fact, error.remedy)
        case EvidenceError():
            remedy = error.remedy or say("Nothing was done. See `penstock doctor` on the plant's machine.")
            return RefusalError(503, "no_evidence", error.fact, remedy)
        case PeerError():
            return RefusalError(503, "not_reachable", error.fact, error.remedy)
        case _:
            away = RefusalError(503, "no_database", error.fact, error.remedy)
            never = RefusalError(400, "not_possible", error.fact, error.remedy)
            return away if isinstance(error.__cause__, SQLAlchemyError | OSError) else never
