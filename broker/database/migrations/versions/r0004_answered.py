"""What was answered to a write that came with an idempotency key."""

import sqlalchemy as sa
from alembic import op

revision = "0004_answered"
down_revision = "0003_token_scopes"


def upgrade() -> None:
    """Keyed by the person, so that nobody meets another's key."""
    op.create_table(
        "people_answered",
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("headers", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("begun_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_people_answered_begun_at", "people_answered", ["begun_at"])


def downgrade() -> None:
    """Forget the answers."""
    op.drop_table("people_answered")
