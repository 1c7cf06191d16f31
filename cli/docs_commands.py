"""Pages that are made from the code. All but dbt's are committed, and tests compare them."""

from __future__ import annotations

import typer

from cli.console import say

app = typer.Typer(no_args_is_help=True, help="Write the pages that are made from the code.")


@app.command()
def schema() -> None:
    """Write docs/schemas: the event contract as JSON Schema."""
    from comptoir.repository import REPOSITORY
    from events.json_schema import write_schema

    say(f"wrote {write_schema(REPOSITORY / 'docs' / 'schemas')}")


@app.command()
def dictionary() -> None:
    """Write docs/data-dictionary.md: marts and metrics in words.

    Needs no database.
    """
    from bi.data_dictionary import write_data_dictionary
    from comptoir.dbt_runner import run_dbt

    run_dbt("parse", "--quiet", shop_platform="shopify")  # whatever is set: the page is committed
    say(f"wrote {write_data_dictionary()}")


@app.command()
def roles() -> None:
    """Write docs/roles.md: what each login may do.

    Needs the warehouse, with its marts.
    """
    import psycopg

    from comptoir.settings import settings_at_start
    from privacy.role_matrix import PAGE, read_rights, write_matrix

    with psycopg.connect(settings_at_start().database_url) as connection:
        write_matrix(read_rights(connection))
    say(f"wrote {PAGE}")


@app.command()
def privacy() -> None:
    """Write docs/privacy-map.md: where a person's data is.

    Needs no database.
    """
    from msgspec import json

    from comptoir.dbt_runner import run_dbt
    from comptoir.repository import REPOSITORY
    from privacy.declared_columns import declared_columns
    from privacy.map_page import write_map

    run_dbt("parse", "--quiet", shop_platform="shopify")  # whatever is set: the page is committed
    manifest = json.decode((REPOSITORY / "dbt_project" / "target" / "manifest.json").read_bytes())
    say(f"wrote {write_map(declared_columns(manifest))}")


@app.command()
def metrics() -> None:
    """Write dbt's semantic models: the metrics for MetricFlow.

    They are made of bi/metrics.yml. Needs no database.
    """
    from bi.semantic_models import write_semantic_models

    say(f"wrote {write_semantic_models()}")


@app.command()
def currencies() -> None:
    """Write dbt's macro of currencies and their decimals.

    Needs no database.
    """
    from comptoir.currencies import write_digits_macro
    from comptoir.repository import REPOSITORY

    say(f"wrote {write_digits_macro(REPOSITORY / 'dbt_project' / 'macros')}")


@app.command()
def dbt() -> None:
    """Write dbt's page: models, columns, lineage.

    With the sizes of tables when the warehouse runs.
    """
    from comptoir.dbt_runner import write_docs

    page, has_sizes = write_docs()
    say(f"wrote {page}" + ("" if has_sizes else ", without the sizes of tables: the warehouse does not answer"))
