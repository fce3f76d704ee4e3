"""What a kind of event is to a SIEM: its title, its category, its class in OCSF, and which of its fields say who and what. Pure.

Classes, activities and their names are those of OCSF 1.8.0 (schema.ocsf.io); tests/vectors/ocsf holds an extract of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from domain.canonical import Json

Leaf = Mapping[str, Json]


class Category(StrEnum):
    """What every system of a plant writes down (IEC 62443-3-3 SR 2.8)."""

    ACCESS = "access control"
    ERRORS = "request errors"
    SYSTEM = "operating system events"
    CONTROL = "control system events"
    BACKUP = "backup and restore"
    CONFIGURATION = "configuration changes"
    RECONNAISSANCE = "potential reconnaissance"
    LOG = "audit log events"


class Severity(IntEnum):
    """As OCSF numbers it (``severity_id``)."""

    INFORMATIONAL = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4
    CRITICAL = 5


class Kind(IntEnum):
    """The classes of OCSF that events become (``class_uid``)."""

    EVENT_LOG = 1008
    FINDING = 2004
    ACCOUNT = 3001
    AUTHENTICATION = 3002
    ENTITY = 3004
    SSH = 4007
    APPLICATION = 6002
    REMEDIATION = 7001


OTHER = 99
"""OCSF's number for an activity that it has no word for; ``activity_name`` then says it."""

ACTIVITIES: Mapping[Kind, tuple[str, ...]] = {
    Kind.EVENT_LOG: ("Clear", "Delete", "Export", "Archive", "Rotate", "Start", "Stop"),
    Kind.FINDING: ("Create", "Update", "Close"),
    Kind.ACCOUNT: (
        "Create", "Enable", "Password Change", "Password Reset", "Disable", "Delete", "Attach Policy",
        "Detach Policy", "Lock", "MFA Factor Enable", "MFA Factor Disable", "Unlock",
    ),
    Kind.AUTHENTICATION: ("Logon", "Logoff"),
    Kind.ENTITY: (
        "Create", "Read", "Update", "Delete", "Move", "Enroll", "Unenroll", "Enable", "Disable", "Activate",
        "Deactivate", "Suspend", "Resume",
    ),
    Kind.SSH: ("Open", "Close", "Reset", "Fail", "Refuse", "Traffic"),
    Kind.APPLICATION: ("Install", "Remove", "Start", "Stop"),
    Kind.REMEDIATION: ("Isolate", "Evict", "Restore"),
}  # fmt: skip
"""The activities that OCSF has for each class, from 1 on. Any other word is ``OTHER``."""


def never(_event: Leaf) -> bool:
    """It tells of something that was done."""
    return False


def always(_event: Leaf) -> bool:
    """It tells of something that was not let happen, or went wrong."""
    return True


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of event. ``activity`` is the word of its class in ``ACTIVITIES``, or one of our own."""

    title: str
    category: Category
    kind: Kind
    activity: str
    what: str = ""
    """The kind of thing that it is about: ``permit``, ``zone``; empty where the class says it."""
    which: str = ""
    """The field that names that thing."""
    by: str = ""
    """The field that says who did it."""
    person: str = ""
    """The field that says whom it is about."""
    severity: Severity = Severity.INFORMATIONAL
    failed: Callable[[Leaf], bool] = never
    """Whether what it tells of counts as a failure."""

    @property
    def activity_id(self) -> int:
        """Its number in OCSF."""
        known = ACTIVITIES[self.kind]
        return known.index(self.activity) + 1 if self.activity in known else OTHER
