"""What every run gets: the settings, dbt, and one process for all steps."""

import dagster as dg
from dagster_dbt import DbtCliResource

from comptoir.settings import settings_at_start
from orchestration.dbt_manifest import DBT_OF_RUN, project


@dg.definitions
def resources() -> dg.Definitions:
    """The resources and the executor of every job."""
    return dg.Definitions(
        resources={
            # a plain object, not a configurable resource: passwords must not appear in the UI
            "settings": dg.ResourceDefinition(lambda _: settings_at_start(), description="comptoir/settings.py"),
            "dbt": DbtCliResource(project_dir=project(), dbt_executable=DBT_OF_RUN),
        },
        # a process per step would import everything again: 4 to 7 s a step, more than most steps take
        executor=dg.in_process_executor,
    )
