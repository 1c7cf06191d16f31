"""serving.models: the weights that were published after an evaluation; the newest are in use."""

from __future__ import annotations

import logging

import psycopg

from recommendations.model import BUILT_IN_MODEL, Model, model_of

log = logging.getLogger("streaming")


def load_published(connection: psycopg.Connection) -> Model:
    """The model published last; the built-in one if there is none, or its features are not those of this code."""
    row = connection.execute("select weights from serving.models order by published_at desc limit 1").fetchone()
    if row is None:
        return BUILT_IN_MODEL
    try:
        return model_of(row[0])
    except ValueError as error:
        log.warning("The published model is not used, the built-in one is: %s", error)
        return BUILT_IN_MODEL


def publish_model(connection: psycopg.Connection, model: Model) -> None:
    """Make a model the published one; the stream uses it once it reads the catalogue again."""
    connection.execute(
        "insert into serving.models (model_version, weights) values (%s, %s)"
        " on conflict (model_version) do update set published_at = now()",
        [model.version, model.as_json()],
    )
