"""Standing templates on the plant's disk: one a line beside the trust file, only ever added to, and what ends them.

Nothing in the file counts by being there: a permit is inside a template once everybody who would have to approve it
signed the template's digest (``broker.charter.attestations``), and until the watchdog was told that it is ended. So a line that
is edited or lost closes something, and no line and no database row opens anything.
"""

import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from approvals.service import Approvals, worded
from broker.growing_file import append_line
from domain.canonical import parse
from domain.clock import Clock
from domain.errors import DecisionError, PenstockError
from domain.events import TemplateEnded, TemplateWritten
from domain.ids import PermitId, PersonId
from domain.ledger import Ledger
from domain.permit import USABLE
from domain.template import Template
from policies.charter.charter import Charter
from policies.template import faults_of

log = structlog.get_logger()

LONGEST_BYTES = 4 * 1024 * 1024
"""Some thousand templates; what is beyond is not read."""

Bar = Callable[[PermitId, PersonId, str], Awaitable[None]]
"""Tells the watchdog, which keeps it, that nothing opens by this id any more; PenstockError when it could not."""


def read_templates(path: Path) -> tuple[Template, ...]:
    """Every template in the file, each once; a line that is none is passed over. No file is no template."""
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST_BYTES)
    except OSError as error:
        if not isinstance(error, FileNotFoundError):
            log.warning("templates_not_read", path=str(path), fact=error.strerror)
        return ()
    found: dict[str, Template] = {}
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line:
            continue
        try:
            one = Template.of(parse(line))
        except PenstockError as error:
            log.warning("template_not_read", line=number, fact=error.fact)
            continue
        found.setdefault(one.id, one)  # whoever adds another of that id adds none
    return tuple(found.values())


async def write_down(
    path: Path, template: Template, by: PersonId, charter: Charter, ledger: Ledger, clock: Clock
) -> None:
    """Keep a template that nobody has signed yet; the ledger knows first. DecisionError where the charter says no."""
    if faults := faults_of(charter, template):
        raise DecisionError(
            " ".join(faults), code="template_not_possible", remedy="Mend it, and write it anew."
        )
    if any(one.id == template.id for one in read_templates(path)):
        raise DecisionError("There is a template of this id already.", code="already_filed")
    text = template.canonical().decode()
    await ledger.append(
        TemplateWritten(at=clock.now(), template=template.digest(), id=template.id, by=by, document=text)
    )
    append_line(path, template.canonical() + b"\n")


async def end(
    template: Template,
    by: PersonId,
    reason: str,
    approvals: Approvals,
    bar: Bar,
    ledger: Ledger,
    clock: Clock,
) -> tuple[PermitId, ...]:
    """End a template for good, and what was opened by it; the permits that were revoked. DecisionError without a reason.

    The ledger knows first, then the watchdog, which the gate asks at every door.
    """
    reason = worded(reason)
    await ledger.append(
        TemplateEnded(at=clock.now(), template=template.digest(), id=template.id, by=by, reason=reason)
    )
    await bar(PermitId(template.id), by, reason)
    revoked = []
    for filed in await approvals.inside(template.digest()):
        if filed.state in USABLE:
            await bar(filed.permit.id, by, reason)
            await approvals.revoke(filed.permit.id, by, reason)
            revoked.append(filed.permit.id)
    return tuple(revoked)


def new_template_id() -> str:
    """A fresh id, of the same form as a permit's: by it the watchdog keeps that the template was ended."""
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    return "".join(secrets.choice(alphabet) for _ in range(26))


def stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes when the file does."""
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_ino, seen.st_mtime_ns, seen.st_size
