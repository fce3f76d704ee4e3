"""Every no of the API as one document: RFC 9457 problem details, with a code that stays and a remedy.

``type`` leads to the list of all codes, which this console serves to anybody: it tells nothing of the plant.
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from broker.console.refusals import RefusalError, of_error
from broker.console.tongues import English, Tongue
from domain.errors import PenstockError
from domain.said import in_tongue, say

API = "/api/v1"
PROBLEM = "application/problem+json"
MOST_FAULTS = 20

WRONG_METHOD = say("This address does not take that method.")
FAULT = RefusalError(
    500,
    "console_fault",
    say("Something failed inside the console."),
    say("Look whether it took effect before you try again; the console's log has the rest."),
)


class ProblemResponse(JSONResponse):
    """A no, as JSON."""

    media_type = PROBLEM


def problem(refusal: RefusalError, reader: Tongue | None = None) -> ProblemResponse:
    """The answer that says ``refusal``: in English to a program, and to a page's script in its ``reader``'s language."""
    tongue_ = reader or English()
    content: dict[str, Any] = {
        "type": f"{API}/refusals#{refusal.code}",
        "title": refusal.code.replace("_", " ").capitalize(),
        "status": refusal.status,
        "code": refusal.code,
        "detail": sayable(str(in_tongue(refusal.sentence, tongue_))),
        "remedy": sayable(str(in_tongue(refusal.remedy, tongue_))),
    }
    if refusal.faults:
        content["faults"] = [{"pointer": where, "says": says} for where, says in refusal.faults]
    headers = dict(refusal.headers)
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        headers.setdefault("www-authenticate", 'Bearer realm="penstock"')
    return ProblemResponse(content, refusal.status, headers)


def refusal_of(error: Exception) -> RefusalError | None:
    """What an exception says to whoever asked; None for one that is a fault of ours."""
    match error:
        case RefusalError():
            return error
        case PenstockError():
            return of_error(error)
        case RequestValidationError():
            return _not_understood(error.errors())
        case HTTPException():
            return _of_status(error.status_code, error.headers or {})
        case _:
            return None


def sayable(text: str) -> str:
    """Text that can be sent: half a character, which JSON can spell, becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def _not_understood(errors: Iterable[Mapping[str, Any]]) -> RefusalError:
    told = [(_pointer(one["loc"]), sayable(str(one["msg"]))) for one in errors][:MOST_FAULTS]
    places = ", ".join(where.lstrip("#/") or "its form" for where, _says in told)
    return RefusalError(
        422,
        "not_understood",
        say("The request does not fit: {places}.", places=places or say("its form")),
        say("`faults` says what is wrong where."),
        faults=tuple(told),
    )


def _pointer(loc: Iterable[object]) -> str:
    """Where it is wrong: in the body as a JSON pointer, elsewhere by the parameter's name."""
    where, *rest = (str(part) for part in loc)
    path = "/".join(one.replace("~", "~0").replace("/", "~1") for one in rest)
    return sayable((f"#/{path}" if where == "body" else path)[:120])


def _of_status(status: int, headers: Mapping[str, str]) -> RefusalError:
    match status:
        case HTTPStatus.NOT_FOUND:
            return RefusalError(404, "not_found", say("There is no such page."))
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return RefusalError(405, "wrong_method", WRONG_METHOD, headers=headers)
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return RefusalError(413, "too_long", say("This request is longer than the console takes."))
        case _:
            return RefusalError(status, "not_understood", say("The console can't read this request."))
