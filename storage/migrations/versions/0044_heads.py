"""Active children are counted by place and by who answers for them, and kept."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "head_count",
        sa.Column("area_id", Id, autoincrement=False, nullable=False),
        sa.Column("person_id", Id, autoincrement=False, nullable=False),
        sa.Column("part_id", Id, nullable=False),
        sa.Column("children", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("area_id", "person_id", name=op.f("pk_head_count")),
    )
    op.create_index(
        "ix_head_count_part_id", "head_count", ["part_id", "person_id", "area_id", "children"]
    )
    op.create_table(
        "head_count_mark",
        sa.Column("id", Id, nullable=False),
        sa.Column("area_id", Id),
        sa.Column("child_id", Id),
        sa.Column("at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_head_count_mark")),
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite() if is_sqlite else _postgresql():
        op.execute(sa.text(statement))
    # Nothing is counted yet.
    op.execute(
        sa.text(
            "INSERT INTO head_count_mark (area_id)"
            " SELECT DISTINCT area_id FROM child WHERE status = 'active'"
        )
    )


CHILD = ("area_id", "status")
ANSWERS = ("child_id", "person_id", "kind", "since", "until")


def _marked(column: str, *values: str) -> str:
    return (
        f"INSERT INTO head_count_mark ({column}) {' UNION '.join(f'SELECT {v}' for v in values)}"
    )


def _primary(row: str) -> str:
    return f"({row}.kind = 'primary' AND {row}.since IS NOT NULL)"


def _sqlite() -> list[str]:
    found = []
    for table, column, where, watched in (
        ("child", "area_id", lambda row: f"{row}.status = 'active'", CHILD),
        ("responsibility", "child_id", _primary, ANSWERS),
    ):
        old, new = f"OLD.{column}", f"NEW.{column}"
        differs = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in watched)
        name = f"head_count_{table}"
        found += [
            f"CREATE TRIGGER {name}_added AFTER INSERT ON {table} WHEN {where('NEW')}"
            f" BEGIN {_marked(column, new)}; END",
            f"CREATE TRIGGER {name}_changed AFTER UPDATE OF {', '.join(watched)} ON {table}"
            f" WHEN ({where('OLD')} OR {where('NEW')}) AND ({differs})"
            f" BEGIN {_marked(column, old, new)}; END",
            f"CREATE TRIGGER {name}_deleted AFTER DELETE ON {table} WHEN {where('OLD')}"
            f" BEGIN {_marked(column, old)}; END",
        ]
    return found


def _postgresql() -> list[str]:
    found = []
    for table, column, where, watched in (
        ("child", "area_id", lambda row: f"{row}.status = 'active'", CHILD),
        ("responsibility", "child_id", _primary, ANSWERS),
    ):
        old, new = f"OLD.{column}", f"NEW.{column}"
        rows = (", ".join(f"{row}.{name}" for name in watched) for row in ("OLD", "NEW"))
        differs = " IS DISTINCT FROM ".join(f"ROW({row})" for row in rows)
        name = f"head_count_{table}"
        found += [
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF TG_OP = 'INSERT' THEN {_marked(column, new)};"
            f" ELSIF TG_OP = 'DELETE' THEN {_marked(column, old)};"
            f" ELSE {_marked(column, old, new)}; END IF; RETURN NULL; END $$",
            f"CREATE TRIGGER {name}_added AFTER INSERT ON {table} FOR EACH ROW"
            f" WHEN ({where('NEW')}) EXECUTE FUNCTION {name}()",
            f"CREATE TRIGGER {name}_changed AFTER UPDATE OF {', '.join(watched)} ON {table}"
            f" FOR EACH ROW WHEN (({where('OLD')} OR {where('NEW')}) AND {differs})"
            f" EXECUTE FUNCTION {name}()",
            f"CREATE TRIGGER {name}_deleted AFTER DELETE ON {table} FOR EACH ROW"
            f" WHEN ({where('OLD')}) EXECUTE FUNCTION {name}()",
        ]
    return found
