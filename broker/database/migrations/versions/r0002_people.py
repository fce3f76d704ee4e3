"""People at the console: passwords, signed-in browsers, failures, tokens, passkeys that wait."""

import sqlalchemy as sa
from alembic import op

revision = "0002_people"
down_revision = "0001_permits"


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=False)


def _whole(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger, nullable=False)


def upgrade() -> None:
    """Lay the tables."""
    op.create_table(
        "people_account",
        _text("person"),
        _text("password"),
        _whole("changed_at"),
        sa.PrimaryKeyConstraint("person"),
    )
    op.create_table(
        "people_console_session",
        _text("id"),
        _text("person"),
        _text("csrf"),
        _text("source"),
        _text("factors"),
        _whole("opened_at"),
        _whole("seen_at"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "people_failure",
        _text("subject"),
        _whole("failures"),
        _whole("last_at"),
        sa.PrimaryKeyConstraint("subject"),
    )
    op.create_table(
        "people_token",
        _text("id"),
        _text("person"),
        _text("label"),
        _whole("issued_at"),
        _whole("expires_at"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "people_ceremony",
        _text("id"),
        _text("purpose"),
        _text("bound_to"),
        _text("challenge"),
        _whole("expires_at"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "people_pending_passkey",
        _text("id"),
        _text("person"),
        _text("credential_id"),
        _text("public_key"),
        sa.Column("backup_eligible", sa.Boolean, nullable=False),
        _text("fingerprint"),
        _text("label"),
        _whole("registered_at"),
        sa.PrimaryKeyConstraint("id"),
    )
    for table in ("people_console_session", "people_token", "people_pending_passkey"):
        op.create_index(f"ix_{table}_person", table, ["person"])


def downgrade() -> None:
    """Take the tables away again, with everything in them."""
    for table in (
        "people_pending_passkey",
        "people_ceremony",
        "people_token",
        "people_failure",
        "people_console_session",
        "people_account",
    ):
        op.drop_table(table)
