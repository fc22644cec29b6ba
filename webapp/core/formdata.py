"""Forms as plain data: `legs-0-country=DE` becomes {'legs': [{'country': 'DE'}]}."""

import re
from typing import Any

from marshmallow import Schema, fields
from werkzeug.datastructures import FileStorage, MultiDict

OWN_FIELDS = {"csrf_token", "_key", "_version"}
_ROW = re.compile(r"([a-z_]{1,40})-([0-9]{1,3})-([a-z_]{1,40})")


def csv_text(upload: FileStorage) -> str:
    """A text file as spreadsheets save it here: UTF-8, with or without its mark, else GB 18030.

    Raises `UnicodeDecodeError` for anything else.
    """
    content = upload.stream.read()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def form_values(
    form: MultiDict[str, str], files: MultiDict[str, FileStorage], schema: Schema
) -> dict[str, Any]:
    """What was sent, shaped for the schema: lists where it has lists, rows where names carry an index.

    Rows in which nothing was typed are left out, so that an empty last line of a sheet is no error.
    """
    values: dict[str, Any] = {}
    rows: dict[str, dict[int, dict[str, str]]] = {}
    for name in form:
        if name in OWN_FIELDS:
            continue
        match = _ROW.fullmatch(name)
        if match:
            sheet, index, column = match.groups()
            rows.setdefault(sheet, {}).setdefault(int(index), {})[column] = form[name]
        elif isinstance(schema.fields.get(name), fields.List):
            values[name] = [item for item in form.getlist(name) if item != ""]
        else:
            values[name] = form[name]
    for sheet, lines in rows.items():
        values[sheet] = [line for _, line in sorted(lines.items()) if any(v.strip() for v in line.values())]
    for name in files:
        if files[name].filename:
            values[name] = files[name]
    return values
