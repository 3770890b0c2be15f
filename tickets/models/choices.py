"""The rules' own enums as choices of a column: labels translated, values known to the database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy


def choices(members: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Return (value, label) pairs, the labels translated when they are shown."""
    return [(member.value, gettext_lazy(member.label)) for member in members if member.label]


def known(column: str, members: Iterable[Any], *, name: str) -> models.CheckConstraint:
    """Return the constraint that `column` holds one of these values and no other."""
    values = sorted(member.value for member in members)
    return models.CheckConstraint(condition=models.Q(**{f"{column}__in": values}), name=name)
