"""A gate: one validation of a complete layer, shown as a blocking check on each of its tables.

Every step that reads a table of the layer waits for the gate and does not run when it fails, even when the failed
rule is about another table: what is published together was checked together.
"""

from collections.abc import Callable, Iterator, Sequence

import dagster as dg

from comptoir.settings import Settings
from expectations.results import GateResult, RuleResult
from orchestration.markdown import markdown_table

Validate = Callable[[str, Settings, str], GateResult]  # layer, settings, run id
SAMPLE_ROWS = 10


def build_gate(layer: str, tables: Sequence[dg.AssetKey], validate: Validate) -> dg.AssetChecksDefinition:
    """`gate_<layer>`: calls `validate` once and reports the result of its rules table by table.

    `tables` are asset keys schema/table; the rules call the same table "schema.table". The step raises dg.Failure when
    a rule is about another table than these.
    """
    name = f"gate_{layer}"
    specs = [
        dg.AssetCheckSpec(name, asset=key, blocking=True, description=f"Every {layer} rule about {_dotted(key)} holds.")
        for key in tables
    ]

    @dg.multi_asset_check(
        name=name,
        specs=specs,
        can_subset=True,  # each check can be executed alone; the layer is validated as a whole all the same
        description=f"Great Expectations on the {layer} layer; if it fails, nothing after it runs.",
    )
    def gate(
        context: dg.AssetCheckExecutionContext, settings: dg.ResourceParam[Settings]
    ) -> Iterator[dg.AssetCheckResult]:
        """Validate the layer, and show the result of the selected tables.

        Raises dagster.Failure with the rules and rows when one of them is broken and blocks.
        """
        result = validate(layer, settings, context.run.run_id)
        (context.log.info if result.success else context.log.error)(result.message)
        unknown = {rule.table for rule in result.rules} - {_dotted(key) for key in tables}
        if unknown:
            raise dg.Failure(f"{name} has rules for {sorted(unknown)}, but no check on these tables.")
        docs = f"{settings.operations_url}/data-docs/{layer}/{result.docs.name}" if result.docs else ""
        selected = [key for key in tables if dg.AssetCheckKey(key, name) in context.selected_asset_check_keys]
        for key in selected:
            rules = [rule for rule in result.rules if rule.table == _dotted(key)]
            yield _check_result(name, key, rules, docs)
        shut_by = [rule for rule in result.failures if rule.table in map(_dotted, selected)]
        if shut_by:  # before Dagster fails the step itself, naming only assets
            raise dg.Failure(_reason(name, shut_by, result), allow_retries=False)

    return gate


def _reason(name: str, shut_by: Sequence[RuleResult], result: GateResult) -> str:
    sentences = " ".join(rule.message for rule in shut_by)
    return f"{name} is shut by {len(shut_by)} of {len(result.rules)} rules. {sentences}"


def _check_result(name: str, key: dg.AssetKey, rules: Sequence[RuleResult], docs: str) -> dg.AssetCheckResult:
    """The check of one table. Broken rules that only warn, or were accepted, are shown, and the next steps run."""
    broken = [rule for rule in rules if not rule.success]
    blocks = any(rule.blocks for rule in broken)
    metadata: dict[str, dg.MetadataValue] = {
        "broken rules": dg.MetadataValue.int(len(broken)),
        "rows that break one": dg.MetadataValue.int(sum(rule.failed_count for rule in broken)),
        "rules": dg.MetadataValue.md(markdown_table(map(_as_row, rules))),
    }
    if docs:
        metadata["data docs"] = dg.MetadataValue.url(docs)
    for rule in broken:
        rows = markdown_table(rule.sample[:SAMPLE_ROWS])
        metadata[f"rows that break {rule.rule} {rule.column}".strip()] = dg.MetadataValue.md(rows)
    return dg.AssetCheckResult(
        check_name=name,
        asset_key=key,
        passed=not broken,
        severity=dg.AssetCheckSeverity.ERROR if blocks or not broken else dg.AssetCheckSeverity.WARN,
        description=" ".join(rule.message for rule in broken) or f"{len(rules)} rules hold.",
        metadata=metadata,
    )


def _as_row(rule: RuleResult) -> dict[str, object]:
    return {
        "rule": rule.rule,
        "column": rule.column,
        "checked": rule.checked_count,
        "broken by": rule.failed_count,
        "holds": "yes" if rule.success else rule.acceptance or "NO",
    }


def _dotted(key: dg.AssetKey) -> str:
    return ".".join(key.path)
