"""Which charter a question is about: the one in force on a node, or the draft in a folder that was named."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from broker.charter import store
from broker.layout import Layout, charter_files_in
from policies.charter.charter import Charter
from policies.charter.documents import read_charter

P = ParamSpec("P")
R = TypeVar("R")


def folder_option(command: Callable[P, R]) -> Callable[P, R]:
    """``--folder``: ask a draft instead of what is in force."""
    return click.option(
        "--folder",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        help="Ask the draft in this folder, instead of the version in force on the node.",
    )(command)


@dataclass(frozen=True, slots=True)
class Asked:
    """The charter that answers, and which one that is. ``version`` is None for a draft."""

    charter: Charter
    version: int | None
    folder: Path | None

    def line(self) -> str:
        """Said before every answer, so that nobody takes a draft's for the plant's."""
        if self.version is not None:
            return f"By version {self.version} of the charter, which is in force on this node."
        return f"By the draft in {self.folder}, which is not in force."

    def document(self) -> dict[str, object]:
        """The same for machines."""
        return {
            "version": self.version,
            "folder": None if self.folder is None else str(self.folder),
            "digest": self.charter.digest.hex(),
        }


def asked_of(layout: Layout, folder: Path | None) -> Asked:
    """The draft in ``folder``; without one, what is in force, or the node's own draft before the first version."""
    last = store.latest(layout) if folder is None else 0
    if last:
        application = store.application(layout, last)
        return Asked(store.version(layout, application.proposal.charter), last, None)
    draft = folder or layout.charter
    return Asked(read_charter(charter_files_in(draft)), None, draft)
