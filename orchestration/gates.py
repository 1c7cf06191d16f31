"""A gate: one validation of a whole layer, shown as a blocking check on each of its tables.

Every step that reads a table of the layer waits for the gate and does not run when it fails, even when the failed
rule is about another table: what is published together was checked together.
"""

from collections.abc import Callable, Iterator, Sequence

import dagster as dg

from comptoir.settings import Settings
from expectations.validate import GateResult, RuleResult
from orchestration.markdown import markdown_table

Validate = Callable[[str, str], GateResult]
SAMPLE_ROWS = 10


def build_gate(layer: str, tables: Sequence[dg.AssetKey], validate: Validate) -> dg.AssetChecksDefinition:
    """`gate_<layer>`: calls `validate(layer, database_url)` once and reports its rules by table.

    Tables are keys schema/table, as the rules name them ("schema.table").
    """
    name = f"gate_{layer}"
    specs = [
        dg.AssetCheckSpec(name, asset=key, blocking=True, description=f"Every {layer} rule about {_dotted(key)} holds.")
        for key in tables
    ]

    @dg.multi_asset_check(
        name=name,
        specs=specs,
        description=f"Great Expectations on the {layer} layer; nothing after it runs if it fails.",
    )
    def gate(
        context: dg.AssetCheckExecutionContext, settings: dg.ResourceParam[Settings]
    ) -> Iterator[dg.AssetCheckResult]:
        result = validate(layer, settings.database_url)
        (context.log.info if result.success else context.log.error)(result.message)
        unknown = {rule.table for rule in result.rules} - {_dotted(key) for key in tables}
        if unknown:
            raise dg.Failure(
                f"{name} has rules for {sorted(unknown)}, which are not among the assets it stands behind."
            )
        for key in tables:
            rules = [rule for rule in result.rules if rule.table == _dotted(key)]
            yield _check_result(name, key, rules, result)

    return gate


def _check_result(name: str, key: dg.AssetKey, rules: Sequence[RuleResult], result: GateResult) -> dg.AssetCheckResult:
    failed = [rule for rule in rules if not rule.success]
    metadata: dict[str, dg.MetadataValue] = {
        "rules": dg.MetadataValue.md(
            markdown_table(
                {
                    "rule": rule.rule,
                    "column": rule.column or "",
                    "checked": rule.checked_count,
                    "failed": rule.failed_count,
                    "holds": "yes" if rule.success else "NO",
                }
                for rule in rules
            )
        )
    }
    for rule in failed:
        rows = markdown_table(rule.sample[:SAMPLE_ROWS])
        metadata[f"rows failing {rule.rule} {rule.column or ''}".strip()] = dg.MetadataValue.md(rows)
    return dg.AssetCheckResult(
        check_name=name,
        asset_key=key,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR,
        description=result.message if failed else f"{len(rules)} rules hold.",
        metadata=metadata,
    )


def _dotted(key: dg.AssetKey) -> str:
    return ".".join(key.path)
