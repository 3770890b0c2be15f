"""Priority from impact and urgency, both judged by staff; reporters are never asked for it."""

from __future__ import annotations

from enum import IntEnum

from tickets.workflow.nouns import _


class _Step(IntEnum):
    """A number with a label for people."""

    label: str

    def __new__(cls, value: int, label: str = "") -> _Step:  # noqa: PYI034 - an enum's own kind
        member = int.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


class Impact(_Step):
    """How many are hindered."""

    PERSON = 1, _("Satu orang")
    UNIT = 2, _("Satu unit kerja")
    MANY = 3, _("Banyak unit atau seluruh universitas")


class Urgency(_Step):
    """How soon it hurts."""

    CALM = 1, _("Dapat menunggu")
    SOON = 2, _("Beberapa hari")
    NOW = 3, _("Hari ini")


class Priority(_Step):
    """What the targets hang on; 1 comes first."""

    URGENT = 1, _("Mendesak")
    HIGH = 2, _("Tinggi")
    NORMAL = 3, _("Biasa")
    LOW = 4, _("Rendah")


_BY_SUM = {
    2: Priority.LOW,
    3: Priority.NORMAL,
    4: Priority.NORMAL,
    5: Priority.HIGH,
    6: Priority.URGENT,
}


def priority(impact: Impact, urgency: Urgency) -> Priority:
    """Return what both together mean."""
    return _BY_SUM[impact + urgency]
