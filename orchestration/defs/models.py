"""The recommendation model: evaluated on the shop's own history, and published when it is not worse."""

from typing import Any

import dagster as dg

from comptoir.settings import Settings
from orchestration.defs.clickstream import TOPIC
from orchestration.specs import STOREFRONT
from streaming.experiment_outcome import read_guard_rails

EVALUATIONS = dg.AssetKey(["ops", "model_evaluations"])
MODELS = dg.AssetKey(["serving", "models"])
EXPERIMENT = dg.AssetKey(["marts", "mart_experiment_daily"])
NOT_WORSE = dg.AssetCheckSpec(
    "candidate_is_not_worse",
    asset=EVALUATIONS,
    blocking=True,
    description="The built-in weights find the next product no less often than the published ones, beyond chance.",
)


@dg.asset(
    key=EVALUATIONS,
    group_name="ops",
    owners=[STOREFRONT],
    kinds={"python", "postgres"},
    deps=[TOPIC],
    check_specs=[NOT_WORSE],
    description=(
        "One row per model version, slot and algorithm (the model, the trending list): hit rate, MRR, nDCG, coverage "
        "and novelty on the last days of the shop's own visits."
    ),
)
def model_evaluations(settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    """Evaluate the built-in weights and the published ones on the same steps."""
    from recommendations.model import BUILT_IN_MODEL  # imports numba: not when the graph is loaded
    from streaming.model_evaluations import compare_with_published

    comparison = compare_with_published(settings.database_url_as("stream"), BUILT_IN_MODEL)
    metadata: dict[str, Any] = {"model version": comparison.candidate.model_version}
    for slot, score in comparison.candidate.by_model.items():
        metadata[f"{slot}: steps"] = score.steps
        for metric, value in comparison.candidate.metrics(slot).items():
            metadata[f"{slot}: {metric}"] = round(value, 4)
    return dg.MaterializeResult(
        metadata=metadata,
        check_results=[
            dg.AssetCheckResult(
                check_name=NOT_WORSE.name, passed=comparison.is_not_worse, description=comparison.message
            )
        ],
    )


@dg.asset(
    key=MODELS,
    group_name="serving",
    owners=[STOREFRONT],
    kinds={"python", "postgres"},
    deps=[EVALUATIONS],
    description="One row per model ever published; the stream scores with the newest.",
)
def models(settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    """Publish the built-in weights; the run does not come here when the check has failed."""
    from recommendations.model import BUILT_IN_MODEL
    from streaming.model_evaluations import publish

    publish(settings.database_url_as("stream"), BUILT_IN_MODEL)
    return dg.MaterializeResult(metadata={"model version": BUILT_IN_MODEL.version})


@dg.asset_check(
    asset=EXPERIMENT,
    description="Visitors with personal recommendations do not click or buy less than those without, beyond chance.",
)
def personal_recommendations_do_no_harm(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    """Compare the arms of the experiment."""
    rails = read_guard_rails(settings.database_url_as("gatekeeper"))
    return dg.AssetCheckResult(
        passed=rails.hold,
        severity=dg.AssetCheckSeverity.WARN,
        description=rails.message,
        metadata={f"{one.outcome}: p": round(one.p_value, 4) for one in rails.comparisons},
    )
