"""Permits, their approvals, their history, and the table of edges that a history may take."""

import sqlalchemy as sa
from alembic import op

revision = "0001_permits"
down_revision = None

# Written out, not imported: this revision must do tomorrow what it did today. A later change of
# approvals.lifecycle.TRANSITIONS needs a revision of its own.
STATES = [
    "requested",
    "disputed",
    "approved",
    "active",
    "refused",
    "withdrawn",
    "narrowed",
    "revoked",
    "lapsed",
    "completed",
]
EDGES = [
    ("requested", "approve", "approved"),
    ("requested", "refuse", "refused"),
    ("requested", "dispute", "disputed"),
    ("requested", "withdraw", "withdrawn"),
    ("requested", "narrow", "narrowed"),
    ("requested", "revoke", "revoked"),
    ("requested", "lapse", "lapsed"),
    ("disputed", "settle", "requested"),
    ("disputed", "refuse", "refused"),
    ("disputed", "withdraw", "withdrawn"),
    ("disputed", "revoke", "revoked"),
    ("approved", "withdraw", "withdrawn"),
    ("approved", "activate", "active"),
    ("approved", "revoke", "revoked"),
    ("approved", "lapse", "lapsed"),
    ("active", "revoke", "revoked"),
    ("active", "complete", "completed"),
]


def upgrade() -> None:
    """Lay the tables and fill in the edges."""
    _permit()
    _transition()
    op.create_table(
        "permit_history",
        sa.Column("permit", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("permit", "version"),
        sa.ForeignKeyConstraint(
            ["before", "event", "after"],
            ["permit_transition.before", "permit_transition.event", "permit_transition.after"],
            name="fk_permit_history_transition",
        ),
        sa.ForeignKeyConstraint(["permit"], ["permit.id"], name="fk_permit_history_permit"),
    )
    op.create_table(
        "permit_approval",
        sa.Column("permit", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("right_held", sa.Text, nullable=False),
        sa.Column("approver", sa.Text, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("proof_key", sa.Text, nullable=False),
        sa.Column("credential", sa.Text, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("permit", "version"),
        sa.UniqueConstraint("permit", "right_held", "approver", name="uq_permit_approval_once"),
        sa.UniqueConstraint("proof_key", name="uq_permit_approval_proof"),
        sa.ForeignKeyConstraint(["permit"], ["permit.id"], name="fk_permit_approval_permit"),
    )
    op.create_index("ix_permit_approval_credential", "permit_approval", ["credential"])
    op.create_table(
        "permit_dispute",
        sa.Column("permit", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("permit", "version"),
        sa.ForeignKeyConstraint(
            ["permit", "version"],
            ["permit_history.permit", "permit_history.version"],
            name="fk_permit_dispute_history",
        ),
    )


def _permit() -> None:
    states = ", ".join(f"'{state}'" for state in STATES)
    op.create_table(
        "permit",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("vendor", sa.Text, nullable=False),
        sa.Column("asset", sa.Text, nullable=False),
        sa.Column("window_start_us", sa.BigInteger, nullable=False),
        sa.Column("window_end_us", sa.BigInteger, nullable=False),
        sa.Column("filed_us", sa.BigInteger, nullable=False),
        sa.Column("door", sa.Text, nullable=False),
        sa.Column("narrows", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest", name="uq_permit_digest"),
        sa.CheckConstraint(f"state IN ({states})", name="ck_permit_state"),
        sa.CheckConstraint("version >= 1", name="ck_permit_version"),
        sa.ForeignKeyConstraint(["narrows"], ["permit.id"], name="fk_permit_narrows"),
    )
    for column in ("state", "person", "asset", "filed_us"):
        op.create_index(f"ix_permit_{column}", "permit", [column])


def _transition() -> None:
    table = op.create_table(
        "permit_transition",
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("before", "event", "after"),
        sa.UniqueConstraint("before", "event", name="uq_permit_transition_edge"),
    )
    op.bulk_insert(
        table, [{"before": before, "event": event, "after": after} for before, event, after in EDGES]
    )


def downgrade() -> None:
    """Take the tables away again, with everything in them."""
    for table in ("permit_dispute", "permit_approval", "permit_history", "permit_transition", "permit"):
        op.drop_table(table)
