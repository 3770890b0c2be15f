"""The way through a report: which pages somebody sees, and where they stand on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from portal.accounts.models import User
from tickets.models import ReportDraft
from tickets.reporter.report_forms import STEPS, StepForm, WhoForm

FILES, CHECK = "berkas", "periksa"
Forms = Mapping[str, type[StepForm]]


@dataclass(frozen=True, slots=True)
class Course:
    """The pages of one report. Whom the portal knows is not asked who they are."""

    draft: ReportDraft
    key: str
    user: User | None

    @classmethod
    def of(cls, request: HttpRequest, draft: ReportDraft, key: str) -> Course:
        """Return the course for whoever looks at it."""
        user = request.user if isinstance(request.user, User) and request.user.roles else None
        return cls(draft, key, user)

    @property
    def known(self) -> User | None:
        """Who reports, when the account says all that is needed."""
        return self.user if self.user and self.user.email else None

    @property
    def forms(self) -> Forms:
        """The questions by their addresses, in order."""
        asked = list(STEPS)
        if not self.known:
            asked.append(WhoForm)
        return {form.slug: form for form in asked}

    @property
    def slugs(self) -> list[str]:
        """All pages in order; files come before who it is, checking comes last."""
        asked = [form.slug for form in STEPS]
        return [*asked, FILES, *(slug for slug in self.forms if slug not in asked), CHECK]

    def form(self, slug: str, now: datetime, data: Any = None) -> StepForm:
        """Return the form of a page with what was answered before."""
        return self.forms[slug](data, initial=dict(self.draft.answers), now=now)

    def place(self, slug: str) -> tuple[int, int]:
        """Return which page this is, of how many."""
        return self.slugs.index(slug) + 1, len(self.slugs)

    def after(self, slug: str) -> str:
        """Return the address of the next page."""
        return self.address(self.slugs[self.slugs.index(slug) + 1])

    def before(self, slug: str) -> str:
        """Return the address of the page before, or of the beginning."""
        index = self.slugs.index(slug)
        return self.address(self.slugs[index - 1]) if index else reverse("lapor")

    def address(self, slug: str) -> str:
        """Return a page's address."""
        return reverse("lapor-langkah", args=[self.key, slug])
