"""A visit counts where the child lived."""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In so many words: Alembic adds a reference apart, which SQLite cannot.
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE visit ADD COLUMN area_id {kind}"
        " CONSTRAINT fk_visit_area_id REFERENCES area (id)"
    )
    op.execute(
        "UPDATE visit SET area_id ="
        " (SELECT child.area_id FROM child WHERE child.id = visit.child_id)"
    )
    op.drop_index(op.f("ix_visit_true_at"), table_name="visit")
    op.create_index(
        "ix_visit_area_id_true_at",
        "visit",
        ["area_id", "true_at", "result", "alone", "on_day"],
        unique=False,
    )
