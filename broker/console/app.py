"""The console as one ASGI application, from its parts."""

from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from broker.console.api import break_glass as api_break_glass
from broker.console.api import events as api_events
from broker.console.api import health
from broker.console.api import permits as api_permits
from broker.console.api import sessions as api_sessions
from broker.console.api.documents import API
from broker.console.charter import routes as charter
from broker.console.desk import Desk, desk_of
from broker.console.evidence import routes as evidence
from broker.console.evidence import session as evidence_session
from broker.console.guard import known
from broker.console.pages import page
from broker.console.parts import ConsoleParts
from broker.console.permits import approve, decide
from broker.console.permits import routes as permits
from broker.console.plant import break_glass
from broker.console.plant import routes as plant
from broker.console.refusals import RefusalError, of_error
from broker.console.requests import company
from broker.console.requests import routes as requests
from broker.console.sessions import attend, wall, watch
from broker.console.sessions import routes as sessions
from broker.console.shell import BodyLimit, Headers
from broker.console.signin import passkeys, sign_ins, tokens
from broker.console.signin import routes as signin
from broker.console.told import routes as told
from broker.console.voids import routes as voids
from broker.console.zonemap import routes as zonemap
from domain.errors import PenstockError

STATIC = Path(__file__).parent / "static"

PAGES: tuple[APIRouter, ...] = (
    signin.router,
    passkeys.router,
    tokens.router,
    sign_ins.router,
    requests.router,
    company.router,
    permits.router,
    approve.router,
    decide.router,
    sessions.router,
    attend.router,
    watch.router,
    wall.router,
    plant.router,
    break_glass.router,
    told.router,
    voids.router,
    charter.router,
    zonemap.router,
    evidence.router,
    evidence_session.router,
)

SCRIPTS: tuple[APIRouter, ...] = (
    api_permits.router,
    api_break_glass.router,
    api_sessions.router,
    api_events.router,
    health.router,
)


def create_app(parts: ConsoleParts) -> FastAPI:
    """The console over ``parts``. It opens no session and holds no key; it proposes."""
    app = FastAPI(
        title="Penstock",
        version="1",
        description="Vendor remote-access broker: permits, sessions, events. Errors are problem+json.",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.desk = Desk(parts)
    # Each route as its module made it, guard and all. To include a router would make every one of its routes
    # a second time, in the middle of the first request.
    for router in (*PAGES, *SCRIPTS):
        app.router.routes.extend(router.routes)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_exception_handler(RefusalError, _refused)
    app.add_exception_handler(PenstockError, _failed)
    app.add_exception_handler(HTTPException, _no_route)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_middleware(BodyLimit)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(parts.settings.hosts), www_redirect=False)
    app.add_middleware(Headers)
    return app


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusalError)
    return await _answer(request, error)


async def _failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, PenstockError)
    return await _answer(request, of_error(error))


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.NOT_FOUND:
        refusal = RefusalError(404, "not_found", "There is no such page.")
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        refusal = RefusalError(405, "wrong_method", "This address does not take that method.")
    else:
        refusal = RefusalError(error.status_code, "not_understood", "The console can't read this request.")
    return await _answer(request, refusal)


async def _not_understood(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    places = ", ".join(".".join(str(part) for part in one["loc"][1:]) for one in error.errors())
    return await _answer(
        request, RefusalError(422, "not_understood", f"The request does not fit: {places or 'its form'}.")
    )


async def _answer(request: Request, refusal: RefusalError) -> Response:
    """The same no, in the form its reader takes: problem+json (RFC 9457) or a page."""
    if request.url.path.startswith(f"{API}/") or _wants_json(request):
        problem = {
            "type": "about:blank",
            "title": HTTPStatus(refusal.status).phrase,
            "status": refusal.status,
            "code": refusal.code,
            "detail": refusal.sentence,
            "remedy": refusal.remedy,
        }
        headers = {"www-authenticate": "Bearer"} if refusal.status == HTTPStatus.UNAUTHORIZED else None
        return JSONResponse(problem, refusal.status, headers, media_type="application/problem+json")
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        wanted = request.url.path if request.method == "GET" else ""
        return await signin.sign_in_page(request, status=401, wanted=wanted)
    if refusal.code == "too_many_attempts":
        return await signin.sign_in_page(request, status=429, problem=refusal.sentence)
    visitor = await known(request, desk_of(request), active=False)
    return await page(request, "templates/refused.html", visitor, status=refusal.status, refusal=refusal)


def _wants_json(request: Request) -> bool:
    names = ("accept", "content-type")
    return any(request.headers.get(name, "").startswith("application/json") for name in names)
