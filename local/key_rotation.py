"""A new key for the customers' pseudonyms, on the running platform. See "Rotation" in docs/privacy.md."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import psycopg
from dotenv import set_key
from pydantic import SecretStr

from alerting.probes.kafka import end_offsets, stream_lag
from comptoir.logins import SECRETS
from comptoir.setting_mistakes import variable
from comptoir.settings import Settings, settings_of_operator
from local.preparation import with_environments
from local.stack import start
from local.supervision import Supervisor
from local.waiting import wait_until
from orchestration.dagster_api import DagsterApi
from privacy.customer_mapping import map_clicks
from privacy.pseudonym import BETWEEN_KEYS
from streaming.renewed_names import join_persons

SETTING = "pseudonym_key"
STREAM_SECONDS = 120

Say = Callable[[str], None]


def rotate_pseudonym_key(settings: Settings, say: Say) -> None:
    """Add a key to those in `secrets.env`; on a running `comptoir up` give it to its processes and join the names.

    Raises RuntimeError when the key is not in that file, or while a run of Dagster uses the old one; TimeoutError when
    a process or the stream is not ready in time: the next daily run joins the names then.
    """
    supervisor = Supervisor(settings.data_dir)
    if SETTING in settings_of_operator():
        raise RuntimeError(
            f"{variable(SETTING)} is set in the environment or in .env: write a comma and a new key behind it there, "
            "and start collector and Dagster's code server again."
        )
    if supervisor.is_running() and (runs := DagsterApi(settings.dagster_url).jobs_in_progress()):
        raise RuntimeError(f"Dagster is running {', '.join(runs)}, by the old key: again when it has ended.")
    key = settings.pseudonym_key.get_secret_value() + BETWEEN_KEYS + secrets.token_urlsafe(24)
    set_key(settings.data_dir / "secrets.env", variable(SETTING), key, quote_mode="never")
    settings = settings.model_copy(update={SETTING: SecretStr(key)})
    say("the new key is in secrets.env")
    if not supervisor.is_running():
        say("give it to the collector and to Dagster's code server; the next daily run joins the names")
        return
    concerned = {process for process, given in SECRETS.items() if SETTING in given}
    for service in with_environments(settings):
        if service.name in concerned:
            supervisor.stop(service.name)
            supervisor.give_environment(service)
            start(supervisor, service, say)
    _wait_for_stream(settings)
    url = settings.database_url_as("privacy")
    added = map_clicks(url, key)
    join_persons(url)
    say(f"{added} names joined to the customers who had older ones")


def _wait_for_stream(settings: Settings) -> None:
    """Until it has read what the collector sent by the old key."""
    ends = end_offsets(settings.kafka_as("watcher"), settings.clicks_topic)
    with psycopg.connect(settings.database_url_as("watcher"), autocommit=True) as connection:

        def require_read() -> None:
            if lag := stream_lag(connection, settings.clicks_topic, ends):
                raise TimeoutError(f"{lag} events are not read yet")

        wait_until(require_read, "the stream", STREAM_SECONDS)
