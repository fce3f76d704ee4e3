"""What the ledger is told of signatures that are kept nowhere else. Part of the closed union in ``domain.events``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.ids import PermitId, PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalSigned:
    """A person signed a no with an SSH key; whether it counted, the permit's next change says.

    ``message`` is what was signed (``approvals/BUNDLE.md``), ``signature`` the SSH signature in hex.
    """

    number: ClassVar[int] = 19
    at: datetime
    permit: PermitId
    digest: str
    person: PersonId
    message: str
    signature: str
