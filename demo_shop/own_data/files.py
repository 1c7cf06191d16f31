"""Finds catalogues, clickstreams and orders in a folder, by what is in the files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from demo_shop.own_data.table import ENDINGS, UnreadableFile, fields_of

CATALOGUE_FIELDS = {"id", "title", "price"}
CLICKSTREAM_FIELDS = {"event_time", "event_type", "product_id", "user_session"}
ORDER_FIELDS = {"order_id", "ordered_at", "product_id", "quantity", "price"}


@dataclass(slots=True)
class DataFiles:
    """The files found, in the order of their paths."""

    catalogues: list[Path] = field(default_factory=list)
    clickstreams: list[Path] = field(default_factory=list)
    orders: list[Path] = field(default_factory=list)
    ignored: dict[Path, str] = field(default_factory=dict)  # with the reason


def find_data_files(directory: Path) -> DataFiles:
    """The data files below `directory`. Raises ValueError when it is no folder, or there is no file of any kind."""
    if not directory.is_dir():
        raise ValueError(f"{directory} is not a folder: DATA must name the folder with your data.")
    found = DataFiles()
    kinds = (
        ("clickstream", CLICKSTREAM_FIELDS, found.clickstreams),
        ("orders", ORDER_FIELDS, found.orders),
        ("catalogue", CATALOGUE_FIELDS, found.catalogues),
    )
    for path in sorted(p for p in directory.rglob("*") if p.is_file()):
        try:
            fields = fields_of(path)
        except UnreadableFile as error:
            found.ignored[path] = str(error)
            continue
        for _, wanted, files in kinds:
            if wanted <= fields:
                files.append(path)
                break
        else:
            kind, wanted, _ = max(kinds, key=lambda each: len(each[1] & fields) / len(each[1]))
            found.ignored[path] = f"for a {kind} it lacks {', '.join(sorted(wanted - fields))}"
    if not (found.catalogues or found.clickstreams or found.orders):
        raise ValueError("\n".join([_nothing(directory), *(f"{path}: {why}." for path, why in found.ignored.items())]))
    return found


def _nothing(directory: Path) -> str:
    kinds = {"catalogue": CATALOGUE_FIELDS, "clickstream": CLICKSTREAM_FIELDS, "orders file": ORDER_FIELDS}
    wanted = ", ".join(f"no {kind} ({', '.join(sorted(fields))})" for kind, fields in kinds.items())
    endings = ", ".join(ENDINGS)
    return f"{directory} contains {wanted} in a file that ends in {endings}; see docs/bring-your-data.md."
