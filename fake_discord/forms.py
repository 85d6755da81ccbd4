"""Checks the forms that the bot opens, and fills them in as users do."""

from collections.abc import Mapping
from typing import Any

from fake_discord.answers import Refused, invalid_form
from fake_discord.attachments import Attachment
from fake_discord.commands import Resolved
from fake_discord.components import STRING_SELECT
from fake_discord.world import Payload

TEXT_INPUT, LABEL, FILE_UPLOAD = 4, 18, 19
MAX_FIELDS, MAX_TITLE, MAX_DESCRIPTION, MAX_OPTIONS = 5, 45, 100, 25


def check_form(form: Payload) -> None:
    """Refuse a form that Discord would refuse."""
    labels = form["components"]
    fields = [label.get("component") or {} for label in labels]
    titles = [form["title"], *(label.get("label") or "" for label in labels)]
    custom_ids = [field.get("custom_id") for field in fields]
    options = [field["options"] for field in fields if field.get("type") == STRING_SELECT]
    complaints = {
        f"a form holds 1 to {MAX_FIELDS} labels": not 1 <= len(labels) <= MAX_FIELDS
        or any(label["type"] != LABEL for label in labels),
        f"a title has 1 to {MAX_TITLE} characters": not all(1 <= len(title) <= MAX_TITLE for title in titles),
        f"a description is longer than {MAX_DESCRIPTION} characters": any(
            len(part.get("description") or "") > MAX_DESCRIPTION
            for part in [*labels, *(option for offered in options for option in offered)]
        ),
        "custom ids repeat or are missing": len({*custom_ids} - {None}) != len(labels),
        f"a select holds 1 to {MAX_OPTIONS} options": any(
            not 1 <= len(offered) <= MAX_OPTIONS for offered in options
        ),
    }
    for complaint, holds in complaints.items():
        if holds:
            raise Refused(invalid_form("components", complaint))


def fill_form(form: Payload, values: Mapping[str, Any], resolved: Resolved) -> Payload:
    """Build the data of a submission. Fields that are not given stay as the form shows them.

    Args:
        form: The form.
        values: The texts, the lists of chosen values and the lists of files, by the fields' custom ids.
        resolved: Receives the files.
    """
    fields = [label["component"] for label in form["components"]]
    unknown = values.keys() - {field["custom_id"] for field in fields}
    assert not unknown, f"the form has no {unknown}"
    filled = [
        {
            "type": LABEL,
            "id": 2 * number + 1,
            "component": _filled(field, values, resolved) | {"id": 2 * number},
        }
        for number, field in enumerate(fields, start=1)
    ]
    return {"custom_id": form["custom_id"], "components": filled, "resolved": resolved.things}


def _filled(field: Payload, values: Mapping[str, Any], resolved: Resolved) -> Payload:
    kind, custom_id = field["type"], field["custom_id"]
    filled = {"type": kind, "custom_id": custom_id}
    if kind == TEXT_INPUT:
        text = values.get(custom_id, field.get("value") or "")
        assert len(text) <= (field.get("max_length") or 4000)
        return filled | {"value": text}
    if kind == FILE_UPLOAD:
        files: list[Attachment] = values.get(custom_id, [])
        return filled | {"values": [resolved.add_attachment(file) for file in files]}
    shown = [option["value"] for option in field["options"] if option.get("default")]
    chosen = values.get(custom_id, shown)
    assert set(chosen) <= {option["value"] for option in field["options"]}
    assert chosen or not field["required"], f"{custom_id!r} is required"
    return filled | {"values": chosen}
