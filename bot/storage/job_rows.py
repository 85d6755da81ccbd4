"""Conversion between jobs and database rows."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from pydantic import BaseModel, TypeAdapter

from bot.models import Job, Outcome, Reply
from bot.options import DreamOptions
from bot.storage.database import Row

PICTURES = ("source", "guide", "mask", "dream")
"""The columns of a job's pictures, without the original, which is made on demand."""
COLUMNS = tuple(field.name for field in fields(Job))
_MODELS: Mapping[str, type[BaseModel]] = {"options": DreamOptions, "reply": Reply, "outcome": Outcome}
_JOB = TypeAdapter(Job)


def to_column(value: Any) -> Any:
    """Convert a job's attribute to the value of its column."""
    if isinstance(value, tuple):
        return json.dumps(value) if value else None
    return value.model_dump_json() if isinstance(value, BaseModel) else value


def to_job(row: Row) -> Job:
    """Convert a row to a job.

    Raises:
        ValueError: The row is damaged, or a newer version of the bot wrote it.
    """
    values = dict(row)
    for name, model in _MODELS.items():
        if values[name] is not None:
            values[name] = model.model_validate_json(values[name])
    values["lenders"] = json.loads(values["lenders"] or "[]")
    job = _JOB.validate_python(values)
    if not all(math.isfinite(number) for number in _numbers(job)):
        raise ValueError("a number is infinite")
    return job


def _numbers(job: Job) -> Iterator[float]:
    yield from (job.created_at, job.work, job.ended_at or 0.0, job.reply.expires_at)
