"""The pages of vendors' files: what waits, what was found, and the release or the no of who decides there.

No page gives a file away: what a vendor brought reaches its asset, or nobody. An auditor's copy is the plant's own affair, from its disk.
"""

import asyncio

from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from approvals.releasing import purpose_of_release
from broker.console.desk import Desk, desk_of
from broker.console.files.deciding import (
    drawn_up,
    file_for,
    file_release,
    files_for,
    files_of,
    refuse_file,
    statement_of,
)
from broker.console.forms import form_of, object_of, text_of
from broker.console.guard import visitor_of
from broker.console.pages import page
from broker.console.refusals import not_found
from broker.console.roles import Role
from broker.console.route import page_router
from broker.console.signing import begin_signing, signed_by
from broker.console.words import short_name
from broker.quarantine.release_desk import Standing
from broker.quarantine.releases import Subject, seats_of
from domain.file_release import SignedRelease
from domain.said import listed, say
from policies.rights import deciders

router = page_router()

MOST_ROWS = 200

STATES = {
    "held": say("held"),
    "released": say("may pass"),
    "refused": say("refused"),
    "erased": say("erased"),
}
MEANINGS = {"held": "warn", "released": "good", "refused": "bad", "erased": "plain"}

WHY = {
    "file_clean": say("Nothing was found in it, and the charter lets it pass."),
    "file_waits": say("Nothing was found in it. It waits for a person."),
    "file_found": say("A scanner found something in it."),
    "file_not_expected": say("It is not one of the files that the plant expects."),
    "file_unsigned": say("No signature by a key of its vendor's came with it."),
    "file_signature_wrong": say("Its signature does not count."),
    "file_no_scanner": say("No scanner of the plant has looked at it."),
    "file_beyond_scanner": say("It is larger than a scanner takes."),
    "file_not_scanned": say("A scanner did not answer. It is looked at again by itself."),
    "file_not_screened": say("Nobody could look at it yet. It is looked at again by itself."),
    "file_cut": say("It did not come whole."),
    "file_too_large": say("It is larger than the charter takes."),
    "file_ending": say("The charter takes no file of such a name."),
    "file_kind": say("The charter takes no file of this kind."),
}
ARCHIVE = say("It is an archive that nobody could look into to its end.")


def why(code: str) -> str:
    """Why it stands as it does, in words."""
    return WHY.get(code, ARCHIVE)


@router.get("/files")
async def files(request: Request) -> Response:
    """What this visitor can release comes first, then what else waits; of the rest the newest."""
    desk, visitor = desk_of(request), visitor_of(request)
    found = await files_for(desk, visitor)
    waiting = sorted(
        (one for one in found if one.state == "held"), key=lambda one: not (one.mine and one.releasable)
    )
    rest = [one for one in found if one.state != "held"]
    return await page(
        request,
        "files/files.html",
        visitor,
        waiting=waiting[:MOST_ROWS],
        rest=rest[: max(0, MOST_ROWS - len(waiting))],
        more=max(0, len(found) - MOST_ROWS),
        why=why,
        states=STATES,
        meanings=MEANINGS,
    )


@router.get("/files/{file}")
async def one_file(request: Request, file: str) -> Response:
    """One file: where it comes from, what was found, what an archive holds, and what this visitor may do."""
    desk, visitor = desk_of(request), visitor_of(request)
    stands = await file_for(desk, visitor, file)
    plant = visitor.person.vendor is None
    return await page(
        request,
        "files/file.html",
        visitor,
        one=stands,
        plant=plant,
        auditor=Role.AUDITOR in visitor.roles,
        who=_who(desk, stands) if plant else "",
        names=await asyncio.to_thread(files_of(desk).contents, file) if plant else (),
        why=why,
        states=STATES,
        meanings=MEANINGS,
        passkey=bool(desk.parts.trust().passkeys.get(visitor.person.id)),
    )


def _who(desk: Desk, stands: Standing) -> str:
    """Who can still say yes, by name; empty where nobody can."""
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    seats = seats_of(charter, Subject.of_kept(stands.kept), now)
    people = dict.fromkeys(one for right in stands.missing for one in deciders(seats, right))
    return listed([short_name(charter.people.get(one), one) for one in people], ", ")


@router.post("/files/{file}/release/begin")
async def begin(request: Request, file: str) -> Response:
    """A challenge over the statement that says what may pass; the browser brings both back."""
    desk, visitor = desk_of(request), visitor_of(request)
    fields = await object_of(request)
    days = text_of(fields, "days")
    statement = await drawn_up(
        desk,
        visitor,
        file,
        text_of(fields, "reason"),
        int(days) if days.isascii() and days.isdigit() and len(days) <= 3 else 0,
        any_permit=text_of(fields, "any_permit") == "yes",
    )
    return await begin_signing(
        desk, visitor, purpose_of_release(statement), statement.digest(), statement=statement.document()
    )


@router.post("/files/{file}/release/passkey")
async def by_passkey(request: Request, file: str) -> Response:
    """The signed statement, once."""
    desk, visitor = desk_of(request), visitor_of(request)
    fields = await object_of(request)
    statement = statement_of(fields.get("statement"))
    if statement.file != file:
        raise not_found()
    proof = await signed_by(desk, visitor, fields, purpose_of_release(statement))
    await file_release(desk, visitor, SignedRelease(statement, proof))
    return JSONResponse({"next": f"/files/{statement.file}"})


@router.post("/files/{file}/refuse")
async def refuse(request: Request, file: str) -> Response:
    """Say no, with a reason that the vendor reads."""
    desk, visitor = desk_of(request), visitor_of(request)
    await refuse_file(desk, visitor, file, (await form_of(request)).get("reason", ""))
    return RedirectResponse(f"/files/{file}", 303)
