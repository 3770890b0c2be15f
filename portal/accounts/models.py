"""People: who they are at the university, and what they may do here."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.accounts.sections import Section


class Role(models.TextChoices):
    """What a person does here. One may hold several; no role lifts the four-eyes rules."""

    REPORTER = "reporter", _("Pelapor")
    FRONT_DESK = "front_desk", _("Petugas layanan")
    ANALYST = "analyst", _("Analis")
    APPROVER = "approver", _("Penyetuju")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")


STAFF_ROLES = frozenset(Role) - {Role.REPORTER}


class User(AbstractUser):
    """A person with an account."""

    full_name = models.CharField(_("nama lengkap"), max_length=150, blank=True)
    identity_number = models.CharField(_("NIP/NIM"), max_length=32, blank=True)
    unit = models.CharField(_("unit kerja"), max_length=120, blank=True)
    section = models.CharField(_("seksi BPTI"), max_length=8, choices=Section, blank=True)
    phone = models.CharField(_("telepon"), max_length=32, blank=True)

    class Meta:
        verbose_name = _("pengguna")
        verbose_name_plural = _("pengguna")

    def __str__(self) -> str:
        return self.full_name or self.username

    known_roles: frozenset[str] | None = None  # of who is signed in: read once a request (access)

    @property
    def roles(self) -> frozenset[str]:
        """The roles this person holds, as values of Role."""
        if self.known_roles is not None:
            return self.known_roles
        return frozenset(self.role_grants.values_list("role", flat=True))


class RoleGrant(models.Model):
    """One role of one person."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(_("peran"), max_length=16, choices=Role)

    class Meta:
        verbose_name = _("peran")
        verbose_name_plural = _("peran")
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], name="role_granted_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"
