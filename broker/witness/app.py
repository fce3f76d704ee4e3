"""A witness over HTTP (C2SP tlog-witness): heads come in, cosignatures go out, and anybody may read the last one.

There is no sign-in: a head counts by its log's signature, and nothing else can be sent.
"""

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from broker.witness.service import Answer, Witness
from recorder.ledger.note import MAX_NOTE_BYTES

LONGEST_BYTES = MAX_NOTE_BYTES + 64 * 64
"""A checkpoint and 63 lines of proof."""


def create_app(witness: Witness) -> Starlette:
    """The app."""

    async def add_checkpoint(request: Request) -> Response:
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > LONGEST_BYTES:
                return _response(Answer(413, f"A submission has at most {LONGEST_BYTES} bytes.\n"))
        return _response(await run_in_threadpool(witness.add_checkpoint, bytes(body)))

    async def checkpoint(request: Request) -> Response:
        found = await run_in_threadpool(witness.kept, request.path_params["origin"])
        if found is None:
            return PlainTextResponse("This witness never vouched for that log.\n", 404)
        return Response(found, media_type="text/plain; charset=utf-8")

    async def who(_request: Request) -> Response:
        keys = "".join(f"{one.key.text()}\n" for one in witness.cosigners)
        return PlainTextResponse(
            f"A witness of transparency logs (c2sp.org/tlog-witness). Its keys:\n\n{keys}"
        )

    routes = [
        Route("/", who),
        Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
        Route("/{origin}/checkpoint", checkpoint),
    ]
    return Starlette(routes=routes)


def _response(answer: Answer) -> Response:
    return Response(answer.text, answer.status, {"Content-Type": answer.content_type})
