"""Rows of schools and pupils."""

from collections.abc import Iterator

import psycopg

from reports import settings
from reports.schools import School


def school_by_token(token: str) -> School | None:
    with psycopg.connect(settings.DATABASE_URL) as connection:
        row = connection.execute(
            "select tenant_id, name, proxy_key from schools where token = %s", (token,)
        ).fetchone()
    return School(*row) if row else None


def schools() -> list[School]:
    with psycopg.connect(settings.DATABASE_URL) as connection:
        rows = connection.execute("select tenant_id, name, proxy_key from schools").fetchall()
    return [School(*row) for row in rows]


def pupils_without_comment(tenant_id: str) -> Iterator[tuple[int, str, str]]:
    with psycopg.connect(settings.DATABASE_URL) as connection:
        yield from connection.execute(
            "select id, name, keywords from pupils where tenant_id = %s and comment is null",
            (tenant_id,),
        )


def keep_comment(pupil: int, comment: str) -> None:
    with psycopg.connect(settings.DATABASE_URL) as connection:
        connection.execute("update pupils set comment = %s where id = %s", (comment, pupil))
