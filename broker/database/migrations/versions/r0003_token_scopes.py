"""What a token is for, from where, and when it was used last."""

import sqlalchemy as sa
from alembic import op

revision = "0003_token_scopes"
down_revision = "0002_people"

EVERYTHING = "ask decide evidence read stop"
"""What a token that was issued before could do."""


def upgrade() -> None:
    """Tokens that exist keep what they could; no default stays behind, so that a new one must say."""
    with op.batch_alter_table("people_token") as table:
        table.add_column(sa.Column("scopes", sa.Text, nullable=False, server_default=EVERYTHING))
        table.add_column(sa.Column("networks", sa.Text, nullable=False, server_default=""))
        table.add_column(sa.Column("used_at", sa.BigInteger, nullable=False, server_default="0"))
        table.add_column(sa.Column("used_from", sa.Text, nullable=False, server_default=""))
    with op.batch_alter_table("people_token") as table:
        for name in ("scopes", "networks", "used_at", "used_from"):
            table.alter_column(name, server_default=None)


def downgrade() -> None:
    """Forget it again."""
    with op.batch_alter_table("people_token") as table:
        for name in ("used_from", "used_at", "networks", "scopes"):
            table.drop_column(name)
