"""Postgres URLs keep their options and quote what needs it, whoever reads them: libpq, SQLAlchemy, dbt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.engine import make_url

from comptoir.database import dbt_env_of
from comptoir.postgres_url import build_url, split_url, with_database, with_driver, with_login

URL = "postgresql://me:p%40ss@db.example.com:6432/comptoir?sslmode=verify-full&sslrootcert=/etc/ssl/ca.pem"
OPTIONS = {"sslmode": "verify-full", "sslrootcert": "/etc/ssl/ca.pem"}
# libpq takes no NUL
WORD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


def test_the_options_follow_to_every_client() -> None:
    reader = conninfo_to_dict(with_login(URL, "reporter", "p@ss/w#rd"))
    assert OPTIONS.items() <= reader.items()
    assert (reader["user"], reader["password"], reader["host"]) == ("reporter", "p@ss/w#rd", "db.example.com")
    dagster = make_url(with_driver(with_database(URL, "dagster"), "psycopg2"))
    assert (dagster.drivername, dagster.database, dagster.password) == ("postgresql+psycopg2", "dagster", "p@ss")
    assert dagster.query == OPTIONS
    dbt = dbt_env_of(URL)
    assert (dbt["PGSSLMODE"], dbt["PGSSLROOTCERT"]) == ("verify-full", "/etc/ssl/ca.pem")
    assert (dbt["COMPTOIR_PG_HOST"], dbt["COMPTOIR_PG_PORT"]) == ("db.example.com", "6432")
    assert (dbt["COMPTOIR_PG_PASSWORD"], dbt["COMPTOIR_PG_DATABASE"]) == ("p@ss", "comptoir")


@given(user=WORD, password=WORD, database=WORD)
def test_any_user_password_and_database_come_back_from_libpq(user: str, password: str, database: str) -> None:
    url = build_url(user, password, "127.0.0.1", 5432, database)
    wanted = (user, password, database)
    read = conninfo_to_dict(url)
    assert (read["user"], read["password"], read["dbname"]) == wanted
    parts = split_url(url)
    assert (parts.user, parts.password, parts.database) == wanted
    again = conninfo_to_dict(with_database(with_login(URL, user, password), database))
    assert (again["user"], again["password"], again["dbname"]) == wanted


def test_an_address_of_ipv6_is_put_into_brackets() -> None:
    assert split_url(build_url("me", "x", "::1", 5432, "shop")).host == "::1"


@pytest.mark.parametrize("url", ["postgresql://db/shop?dbname=other", "postgresql://db:web/shop", "db/shop"])
def test_what_a_client_would_read_otherwise_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"it must begin|does not reach every client|its port"):
        split_url(url)
