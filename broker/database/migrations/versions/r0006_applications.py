"""Companies that asked to be known, and the invitations by which they may."""

import sqlalchemy as sa
from alembic import op

revision = "0006_applications"
down_revision = "0005_provider_sign_ins"


def upgrade() -> None:
    """Two tables."""
    op.create_table(
        "people_vendor_invitation",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("company", sa.Text, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("used", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "people_vendor_application",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("invited_by", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_people_vendor_application_link", "people_vendor_application", ["link"], unique=True)
    op.create_index("ix_people_vendor_application_state", "people_vendor_application", ["state"])


def downgrade() -> None:
    """Forget both."""
    op.drop_table("people_vendor_application")
    op.drop_table("people_vendor_invitation")
