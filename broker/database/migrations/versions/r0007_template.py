"""The standing template that a permit names, so that its uses can be counted where it is approved."""

import sqlalchemy as sa
from alembic import op

revision = "0007_template"
down_revision = "0006_applications"


def upgrade() -> None:
    """Empty for every permit there is: none of them names one."""
    op.add_column("permit", sa.Column("template", sa.Text, nullable=False, server_default=sa.text("''")))
    op.create_index("ix_permit_template", "permit", ["template"])


def downgrade() -> None:
    """Forget it; the permits' bytes still say it."""
    op.drop_index("ix_permit_template", "permit")
    op.drop_column("permit", "template")
