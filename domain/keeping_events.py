"""What the ledger is told of how evidence is kept. Members of the closed union in ``domain.events``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingKeyChanged:
    """The node's recording key was replaced: the keys of ``recordings`` recordings were wrapped again, and none rewritten.

    ``old`` and ``new`` are the keys' names (``recorder/format/SPEC.md``), which tell nothing of them. The old key is
    destroyed right after this; copies of it elsewhere are not.
    """

    number: ClassVar[int] = 151
    at: datetime
    old: str
    new: str
    recordings: int
    by: str
