"""Which browsers an identity provider vouched for, and the logout tokens that were taken."""

import sqlalchemy as sa
from alembic import op

revision = "0005_provider_sign_ins"
down_revision = "0004_answered"


def upgrade() -> None:
    """Two tables."""
    op.create_table(
        "people_provider_sign_in",
        sa.Column("session", sa.Text, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("sid", sa.Text, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("session"),
    )
    op.create_index("ix_people_provider_sign_in_subject", "people_provider_sign_in", ["subject"])
    op.create_table(
        "people_spent_logout",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    """Forget both."""
    op.drop_table("people_spent_logout")
    op.drop_table("people_provider_sign_in")
