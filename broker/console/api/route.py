"""What every route of the API does around its function: the guard first, then what the headers ask.

The guard comes before the body is read, so that whoever is nobody learns nothing of what would be taken.
"""

import json
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from broker.console.api.headers import JSON, admits, etag_of, is_json, key_of, named
from broker.console.api.problems import API, MOST_FAULTS, problem, refusal_of, sayable
from broker.console.desk import desk_of
from broker.console.guard import SAFE, guard, visitor_of
from broker.console.refusals import RefusalError
from broker.console.route import LateRoute
from broker.people.answered import Answer, Claim
from domain.errors import DecisionError, EvidenceError, PenstockError, ProofError, TransitionError

log = structlog.get_logger()

KEY = "idempotency-key"
REPLAYED = "idempotency-replayed"
KEPT_HEADERS = ("content-type", "location", "etag")

Answering = Callable[[Request], Coroutine[Any, Any, Response]]


class ApiRoute(LateRoute):
    """A route of ``/api/v1``."""

    def get_route_handler(self) -> Answering:
        """FastAPI's own, and around it what all of them do."""
        inner = super().get_route_handler()
        kind = getattr(self.response_class, "media_type", None) or JSON
        takes_body = self.body_field is not None
        asked = frozenset(_queries(self.dependant))

        async def answer(request: Request) -> Response:
            await guard(request)
            _nothing_else(request, asked)
            if not admits(request.headers.get("accept"), kind):
                raise RefusalError(406, "not_acceptable", f"This answers with {kind} and nothing else.")
            if request.method in SAFE:
                return _named(request, await inner(request))
            if takes_body and not is_json(request.headers.get("content-type")):
                raise RefusalError(
                    415, "not_json", "This takes application/json.", headers={"accept-post": JSON}
                )
            return await _once(request, inner)

        return answer


def api_router(tag: str) -> APIRouter:
    """A router for the routes of one subject."""
    return APIRouter(prefix=API, route_class=ApiRoute, tags=[tag])


def _queries(dependant: Dependant) -> Iterator[str]:
    """Every query parameter of a route, and of what it depends on."""
    yield from (one.alias for one in dependant.query_params)
    for each in dependant.dependencies:
        yield from _queries(each)


def _nothing_else(request: Request, asked: Collection[str]) -> None:
    """A misspelt filter must not be a missing one."""
    if others := sorted(set(request.query_params) - set(asked)):
        raise RefusalError(
            422,
            "not_understood",
            "The request does not fit: it asks by what this does not know.",
            f"It knows: {', '.join(sorted(asked)) or 'nothing to ask by'}.",
            faults=tuple((sayable(one[:120]), "This is not known here.") for one in others[:MOST_FAULTS]),
        )


def only_if_fresh(request: Request, current: BaseModel) -> None:
    """412 when ``If-Match`` names another reading than ``current``: what was decided upon is not what is."""
    field = request.headers.get("if-match")
    etag = etag_of(current.model_dump(mode="json"))
    if field is not None and not named(field, etag, strong=True):
        raise RefusalError(
            412,
            "stale_view",
            "What you read has changed since; nothing was done.",
            "Read it again, then decide.",
            headers={"etag": etag},
        )


def _named(request: Request, answer: Response) -> Response:
    """The answer with its validator; 304 without it when the caller has just that reading."""
    if answer.status_code != 200 or answer.headers.get("content-type") != JSON:
        return answer
    etag = etag_of(json.loads(bytes(answer.body)))
    if named(request.headers.get("if-none-match"), etag, strong=False):
        return Response(status_code=304, headers={"etag": etag})
    answer.headers["etag"] = etag
    return answer


async def _once(request: Request, inner: Answering) -> Response:
    """As ``inner``; with an idempotency key one effect at most, and the same answer to the same question."""
    field = request.headers.get(KEY)
    if field is None:
        return await inner(request)
    key = key_of(field)
    if key is None:
        raise RefusalError(
            400,
            "bad_idempotency_key",
            "An idempotency key is a text of 1 to 128 characters in quotes.",
            'Send a new UUID for each deed: Idempotency-Key: "8e03978e-40d5-43dd-bc93-6894a57f9324".',
        )
    answered, person = desk_of(request).answered, visitor_of(request).person.id
    had = await answered.claim(person, key, await _asked(request))
    if isinstance(had, Answer):
        return Response(had.body, had.status, {**had.headers, REPLAYED: "true"})
    if had is not Claim.MINE:
        raise _NOT_YOURS[had]
    answer, knows = await _tried(request, inner)
    if not knows:
        await _kept(answered.lose(person, key))
    elif _undone(answer):
        await _kept(answered.release(person, key))
    else:
        await _kept(answered.keep(person, key, _answer(answer)))
    return answer


async def _tried(request: Request, inner: Answering) -> tuple[Response, bool]:
    """The answer, of whatever kind, and whether it tells what came of it."""
    try:
        return await inner(request), True
    except (RefusalError, PenstockError, HTTPException, RequestValidationError) as error:
        refusal = refusal_of(error)
        assert refusal is not None
        return problem(refusal), isinstance(error, _TELLING)


_TELLING = (
    *(RefusalError, HTTPException, RequestValidationError),
    *(DecisionError, EvidenceError, ProofError, TransitionError),
)
"""Errors after which nothing was done. After a database's or a peer's, nobody knows."""


def _undone(answer: Response) -> bool:
    """Whether it says that nothing was done, and that it may be tried again as it is."""
    return answer.status_code in {406, 412, 415, 422, 429} or answer.status_code >= 500


def _answer(answer: Response) -> Answer:
    headers = {name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers}
    return Answer(answer.status_code, headers, bytes(answer.body))


async def _kept(keeping: Awaitable[None]) -> None:
    try:
        await keeping
    except PenstockError as error:  # it is done: whoever asks again is told that the answer was lost
        log.warning("answer_not_kept", fact=error.fact)


async def _asked(request: Request) -> bytes:
    url = request.url
    return b"\n".join([f"{request.method} {url.path}?{url.query}".encode(), await request.body()])


_NOT_YOURS = {
    Claim.OTHER: RefusalError(
        422, "key_reused", "This idempotency key was used for another request.", "Take a new one."
    ),
    Claim.AT_WORK: RefusalError(
        409,
        "in_progress",
        "The first request with this key is still being answered.",
        "Ask again in a moment.",
        headers={"retry-after": "1"},
    ),
    Claim.LOST: RefusalError(
        409,
        "outcome_unknown",
        "The first request with this key never got its answer: whether it took effect is not known.",
        "Look at what it was about, then go on with a new key.",
    ),
    Claim.TOO_MANY: RefusalError(
        429,
        "too_many_keys",
        "Too many idempotency keys of yours are kept already.",
        "They are forgotten after a day.",
        headers={"retry-after": "3600"},
    ),
}
