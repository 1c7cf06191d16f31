"""What the marts promise: their columns and types, read from dbt's contracts beside the models."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import msgspec

from comptoir.repository import REPOSITORY

FOLDER = REPOSITORY / "dbt_project" / "models" / "marts"
QUESTIONS = "Example questions:"


@dataclass(frozen=True, slots=True)
class MartColumn:
    """A column of a mart; `data_type` as in the contract, with its precision."""

    name: str
    data_type: str
    description: str
    is_personal: bool


@dataclass(frozen=True, slots=True)
class MartContract:
    """A mart as its contract describes it; `grain` is the first part of its description, `key` its primary key."""

    name: str
    grain: str
    questions: str
    domain: str
    key: tuple[str, ...]
    columns: dict[str, MartColumn]

    @property
    def open_columns(self) -> list[MartColumn]:
        """The columns that the login reporter may read, where it may read the mart: the rule of ops.open_mart."""
        closed = {"landing_path", "search_query"}
        if self.columns.keys() & {"visitor_id", "session_id"}:
            closed.add("customer_pseudonym")
        return [column for name, column in self.columns.items() if name not in closed]


@cache
def contracts() -> dict[str, MartContract]:
    """Read the contracts of all marts by name."""
    found = {}
    for file in sorted(FOLDER.glob("*/*.yml")):
        for model in msgspec.yaml.decode(file.read_bytes()).get("models", []):
            grain, _, questions = " ".join(model["description"].split()).partition(QUESTIONS)
            columns = {
                column["name"]: MartColumn(
                    column["name"],
                    column["data_type"],
                    column["description"],
                    "personal_data" in column.get("config", {}).get("meta", {}),
                )
                for column in model["columns"]
            }
            key = next(rule["columns"] for rule in model["constraints"] if rule["type"] == "primary_key")
            found[model["name"]] = MartContract(
                model["name"],
                grain.removeprefix("Grain - ").strip(),
                questions.strip(),
                model["config"]["meta"]["domain"],
                tuple(key),
                columns,
            )
    return found
