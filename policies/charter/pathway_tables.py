"""``pathways.toml``: tables to domain values."""

from domain.ids import PathwayId, VendorId, ZoneId
from policies.charter.table import Table
from policies.pathway import Pathway, PathwayKind, PathwayStatus


def read_pathway(table: Table) -> Pathway | None:
    """One ``[[pathway]]``; None when it has a fault."""
    pathway = Pathway(
        id=PathwayId(table.word("id")),
        name=table.name("name"),
        kind=table.choice("kind", PathwayKind),
        zone=ZoneId(table.word("zone")),
        status=table.choice("status", PathwayStatus),
        carries=table.text("carries"),
        found=table.day("found"),
        vendor=VendorId(table.word("vendor")) if table.has("vendor") else None,
        owner=table.text("owner", optional=True),
        control=table.text("control", optional=True),
        exit_plan=table.text("exit_plan", optional=True),
        kill=table.text("kill", optional=True),
    )
    for field in _needed(pathway) if table.declared("status") == pathway.status else ():
        if not getattr(pathway, field) and not table.has(field):
            table.fault(
                "status",
                f"it is '{pathway.status}' and lacks '{field}'.",
                f"Add '{field}', or call it 'ungoverned', which it is until then.",
            )
    return pathway if table.done() else None


def _needed(pathway: Pathway) -> tuple[str, ...]:
    """What a pathway must say before it may be called anything but ungoverned.

    A vendor's platform that reaches in is not counted as anybody's before it can be left and closed (I14).
    """
    if pathway.status is PathwayStatus.UNGOVERNED:
        return ()
    needed = ("owner", "control") if pathway.status is PathwayStatus.GOVERNED else ("owner",)
    return (*needed, "exit_plan", "kill") if pathway.kind is PathwayKind.CLOUD_CONNECTOR else needed
