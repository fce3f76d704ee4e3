"""The console as one ASGI application, from its parts."""

from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from opentelemetry.trace import TracerProvider
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Match

from broker.console.api import applications as api_applications
from broker.console.api import assurance as api_assurance
from broker.console.api import break_glass as api_break_glass
from broker.console.api import company as api_company
from broker.console.api import events as api_events
from broker.console.api import evidence as api_evidence
from broker.console.api import evidence_files as api_evidence_files
from broker.console.api import files as api_files
from broker.console.api import governance as api_governance
from broker.console.api import health
from broker.console.api import notices as api_notices
from broker.console.api import people as api_people
from broker.console.api import permits as api_permits
from broker.console.api import plant as api_plant
from broker.console.api import refusals as api_refusals
from broker.console.api import retention as api_retention
from broker.console.api import sessions as api_sessions
from broker.console.api import standing as api_standing
from broker.console.api.openapi import TITLE, Described
from broker.console.api.problems import API, FAULT, problem, refusal_of
from broker.console.assurance import routes as assurance
from broker.console.browsing import routes as browsing
from broker.console.browsing import screens as browsing_screens
from broker.console.calendar import routes as calendar
from broker.console.charter import routes as charter
from broker.console.desk import Desk, desk_of
from broker.console.evidence import looked, retention, reviews, tiles, whole
from broker.console.evidence import routes as evidence
from broker.console.evidence import screens as evidence_screens
from broker.console.evidence import session as evidence_session
from broker.console.evidence import standing as evidence_standing
from broker.console.evidence import transactions as evidence_transactions
from broker.console.files import routes as files
from broker.console.guard import known
from broker.console.pages import language_of, page
from broker.console.panels import routes as panels
from broker.console.parts import ConsoleParts
from broker.console.permits import approve, decide
from broker.console.permits import routes as permits
from broker.console.plant import break_glass, signed_review
from broker.console.plant import routes as plant
from broker.console.refusals import RefusalError
from broker.console.requests import company
from broker.console.requests import routes as requests
from broker.console.scim import routes as scim
from broker.console.scim.documents import BASE as SCIM
from broker.console.scim.documents import MEDIA_TYPE as SCIM_JSON
from broker.console.scim.documents import error as scim_error
from broker.console.sessions import attend, wall, watch
from broker.console.sessions import routes as sessions
from broker.console.shell import HEADERS, BodyLimit, Headers
from broker.console.signin import device, language, passkeys, provider, sign_ins, sign_out, tokens
from broker.console.signin import routes as signin
from broker.console.standing import routes as standing
from broker.console.told import browsers
from broker.console.told import routes as told
from broker.console.tongues import tongue
from broker.console.vendors import queue as vendors
from broker.console.vendors import register
from broker.console.voids import routes as voids
from broker.console.zonemap import routes as zonemap
from domain.errors import PenstockError

STATIC = Path(__file__).parent / "static"

PAGES: tuple[APIRouter, ...] = (
    signin.router,
    provider.router,
    sign_out.router,
    passkeys.router,
    tokens.router,
    sign_ins.router,
    device.router,
    language.router,
    requests.router,
    company.router,
    permits.router,
    approve.router,
    decide.router,
    browsing.router,
    browsing_screens.router,
    panels.router,
    browsing.sockets,
    browsing_screens.sockets,
    panels.sockets,
    calendar.router,
    sessions.router,
    attend.router,
    watch.router,
    wall.router,
    plant.router,
    break_glass.router,
    signed_review.router,
    told.router,
    register.router,
    vendors.router,
    standing.router,
    browsers.router,
    voids.router,
    assurance.router,
    charter.router,
    zonemap.router,
    evidence.router,
    evidence_session.router,
    evidence_transactions.router,
    evidence_screens.router,
    evidence_standing.router,
    looked.router,
    retention.router,
    files.router,
    whole.router,
    reviews.router,
)

SCRIPTS: tuple[APIRouter, ...] = (
    api_refusals.router,
    api_people.router,
    api_permits.router,
    api_governance.router,
    api_assurance.router,
    api_break_glass.router,
    api_sessions.router,
    api_plant.router,
    api_company.router,
    api_standing.router,
    api_applications.router,
    api_notices.router,
    api_evidence.router,
    api_evidence_files.router,
    api_retention.router,
    api_files.router,
    api_events.router,
    tiles.router,
    scim.router,
    health.router,
)


def routed(tracer: TracerProvider | None = None) -> Described:
    """The routes without anything behind them, which is all that the API's description is made of.

    FastAPI traces requests by itself; with what, it must be told, or it would ask the environment.
    """
    app = Described(
        title=TITLE,
        version="1",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        telemetry={
            "tracing": tracer is not None,
            "tracer_provider": tracer,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    # Each route as its module made it, guard and all. To include a router would make every one of its routes
    # a second time, in the middle of the first request.
    for router in (*PAGES, *SCRIPTS):
        app.router.routes.extend(router.routes)
    return app


def create_app(parts: ConsoleParts) -> FastAPI:
    """The console over ``parts``. It opens no session and holds no key; it proposes."""
    app = routed(parts.tracer)
    app.state.desk = Desk(parts)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for kind in (RefusalError, PenstockError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _no)
    app.add_exception_handler(Exception, _fault)
    app.add_middleware(BodyLimit)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(parts.settings.hosts), www_redirect=False)
    app.add_middleware(Headers)
    return app


async def _no(request: Request, error: Exception) -> Response:
    refusal = refusal_of(error)
    assert refusal is not None
    if isinstance(error, HTTPException) and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        refusal = RefusalError(405, refusal.code, refusal.sentence, headers={"allow": _allowed(request)})
    return await _answer(request, refusal)


async def _fault(request: Request, _error: Exception) -> Response:
    """A fault of ours, said without its inside; whoever runs the console has it in the log."""
    answer = problem(FAULT) if _of_api(request) else PlainTextResponse(FAULT.sentence, 500)
    answer.headers.update(HEADERS)  # it is made outside of what adds them
    return answer


def _allowed(request: Request) -> str:
    """Every method that this address takes: pages and API have a route for each."""
    found: set[str] = set()
    for route in request.app.router.routes:
        match, _ = route.matches(request.scope)
        if match is not Match.NONE:
            found |= getattr(route, "methods", None) or set()
    return ", ".join(sorted(found))


async def _answer(request: Request, refusal: RefusalError) -> Response:
    """The same no, in the form its reader takes: problem+json (RFC 9457) or a page."""
    if _of_api(request):
        return problem(refusal)
    if request.url.path.startswith(f"{SCIM}/"):
        return JSONResponse(scim_error(refusal), refusal.status, refusal.headers, media_type=SCIM_JSON)
    if _wants_json(request):
        return problem(refusal, tongue(language_of(request)))
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        wanted = request.url.path if request.method == "GET" else ""
        return await signin.sign_in_page(request, status=401, wanted=wanted)
    if refusal.code == "too_many_attempts":
        shown = await signin.sign_in_page(request, status=429, problem=refusal.sentence)
        shown.headers.update(refusal.headers)
        return shown
    visitor = await known(request, desk_of(request), active=False)
    answer = await page(request, "templates/refused.html", visitor, status=refusal.status, refusal=refusal)
    answer.headers.update(refusal.headers)
    return answer


def _of_api(request: Request) -> bool:
    return request.url.path.startswith(f"{API}/")


def _wants_json(request: Request) -> bool:
    names = ("accept", "content-type")
    return any(request.headers.get(name, "").startswith("application/json") for name in names)
