"""What a reading of a charter may come to, short of a fault."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to reconsider: a stable code, what it is about, a sentence and what to do."""

    code: str
    subject: str
    sentence: str
    remedy: str
    note: bool = False
    """Something to know rather than to mend: it may be right as it stands."""
    field: str = ""
    """The field that says it, dotted; empty where it is the whole entry, or a field that is not there."""
