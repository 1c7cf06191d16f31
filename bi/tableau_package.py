"""The workbook packaged with its extract (.twbx): opens without the database, wherever it is sent."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import ElementTree, indent
from zipfile import ZIP_DEFLATED, ZipFile

from bi.tableau_datasource import Extract, Mart
from bi.tableau_workbook import workbook

PLACE = "Data/comptoir.hyper"  # within the package


def package_of(extract: Path) -> Path:
    """Return where the package of an extract lies: beside it."""
    return extract.with_suffix(".twbx")


def write_package(marts: list[Mart], extract: Path) -> Path:
    """Write the package of an extract of these marts beside it, in one step, and return it."""
    root, text = workbook(marts, Extract(PLACE)), BytesIO()
    indent(root)
    ElementTree(root).write(text, encoding="utf-8", xml_declaration=True)
    file = package_of(extract)
    unfinished = file.with_suffix(".new.twbx")
    with ZipFile(unfinished, "w", ZIP_DEFLATED) as package:
        package.writestr("comptoir.twb", text.getvalue())
        package.write(extract, PLACE)
    return unfinished.replace(file)
