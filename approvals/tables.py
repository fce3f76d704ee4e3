"""The rows that permits are filed in. The database is trusted to be there, never to be right.

Instants are integers, microseconds since 1970 in UTC: SQLite gives a DateTime back without its zone,
PostgreSQL with one, an integer is the same in both. ``document`` holds the signed bytes; every other
column of a permit is there to be searched and is compared with the document on reading.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    Text,
    text,
)
from sqlalchemy import UniqueConstraint as Unique
from sqlmodel import Field, SQLModel

from domain.permit import PermitState

STATES = ", ".join(f"'{state}'" for state in PermitState)


class PermitRow(SQLModel, table=True):
    """One permit, where it stands, and how often that has changed."""

    __tablename__ = "permit"  # type: ignore[mutable-override]  # SQLModel declares it so
    __table_args__ = (
        CheckConstraint(f"state IN ({STATES})", name="ck_permit_state"),
        CheckConstraint("version >= 1", name="ck_permit_version"),
        Unique("digest", name="uq_permit_digest"),
        ForeignKeyConstraint(["narrows"], ["permit.id"], name="fk_permit_narrows"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    document: bytes = Field(sa_type=LargeBinary)
    digest: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text, index=True)
    version: int = Field(sa_type=Integer)
    person: str = Field(sa_type=Text, index=True)
    vendor: str = Field(sa_type=Text)
    asset: str = Field(sa_type=Text, index=True)
    window_start_us: int = Field(sa_type=BigInteger)
    window_end_us: int = Field(sa_type=BigInteger)
    filed_us: int = Field(sa_type=BigInteger, index=True)
    door: str = Field(sa_type=Text)
    narrows: str | None = Field(default=None, sa_type=Text)
    template: str = Field(
        default="", sa_column=Column(Text, nullable=False, server_default=text("''"), index=True)
    )
    """The standing template that it names, by its digest; empty for none."""


class TransitionRow(SQLModel, table=True):
    """One edge that a permit's life may take; the same as ``approvals.lifecycle.TRANSITIONS``."""

    __tablename__ = "permit_transition"  # type: ignore[mutable-override]  # SQLModel declares it so
    __table_args__ = (Unique("before", "event", name="uq_permit_transition_edge"),)

    before: str = Field(primary_key=True, sa_type=Text)
    event: str = Field(primary_key=True, sa_type=Text)
    after: str = Field(primary_key=True, sa_type=Text)


class HistoryRow(SQLModel, table=True):
    """One edge that a permit has taken. The foreign key lets in no edge that is not in the table."""

    __tablename__ = "permit_history"  # type: ignore[mutable-override]  # SQLModel declares it so
    __table_args__ = (
        ForeignKeyConstraint(
            ["before", "event", "after"],
            ["permit_transition.before", "permit_transition.event", "permit_transition.after"],
            name="fk_permit_history_transition",
        ),
        ForeignKeyConstraint(["permit"], ["permit.id"], name="fk_permit_history_permit"),
    )

    permit: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(primary_key=True, sa_type=Integer)
    """The permit's version after the edge."""
    before: str = Field(sa_type=Text)
    event: str = Field(sa_type=Text)
    after: str = Field(sa_type=Text)
    by: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    at_us: int = Field(sa_type=BigInteger)


class ApprovalRow(SQLModel, table=True):
    """One yes, with its proof. ``proof_key`` lets one proof count once, whatever it is sent to."""

    __tablename__ = "permit_approval"  # type: ignore[mutable-override]  # SQLModel declares it so
    __table_args__ = (
        Unique("permit", "right_held", "approver", name="uq_permit_approval_once"),
        Unique("proof_key", name="uq_permit_approval_proof"),
        ForeignKeyConstraint(["permit"], ["permit.id"], name="fk_permit_approval_permit"),
    )

    permit: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(primary_key=True, sa_type=Integer)
    """The permit's version after the approval."""
    right_held: str = Field(sa_type=Text)
    approver: str = Field(sa_type=Text)
    document: bytes = Field(sa_type=LargeBinary)
    """The approval's canonical JSON."""
    proof_key: str = Field(sa_type=Text)
    credential: str = Field(sa_column=Column(Text, nullable=False, index=True))
    """The passkey's id in hex, empty for every other proof."""
    sign_count: int = Field(sa_type=BigInteger)
    at_us: int = Field(sa_type=BigInteger)


class DisputeRow(SQLModel, table=True):
    """One dispute, beside the step by which it began."""

    __tablename__ = "permit_dispute"  # type: ignore[mutable-override]  # SQLModel declares it so
    __table_args__ = (
        ForeignKeyConstraint(
            ["permit", "version"],
            ["permit_history.permit", "permit_history.version"],
            name="fk_permit_dispute_history",
        ),
    )

    permit: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(primary_key=True, sa_type=Integer)
    """The permit's version after that step."""
    document: bytes = Field(sa_type=LargeBinary)
    """The dispute's canonical JSON."""
