"""Every page of the portal that a person can open: who looks, and where.

The pictures, axe and the widths go through the same list; test_every_page.py holds that it
lacks no address. The rows that a page shows are made when its address is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.urls import reverse
from playwright.sync_api import Page as Tab

from backups.models import InformationSystem, Source
from portal.accounts.models import Role, User
from portal.accounts.sections import Section
from portal.sop import first
from portal.sop.models import Revision
from tests.app import factories
from tests.app.cases import Desk
from tests.app.people import PASSWORD, person
from tests.app.test_people import with_app
from tests.browser import pages_of_backups, pages_of_cases, pages_of_records
from tests.browser.conftest import Visit
from tests.browser.keys import with_key
from tickets.seeding import seed

REFUSED = "the server responded with a status of"

PARTS = {
    "reporter": ("pelapor", "Ratih Prameswari", Role.REPORTER, ""),
    "front_desk": ("layanan", "Sekar Padmasari", Role.FRONT_DESK, Section.YANSI),
    "analyst": ("analis", "Bagas Wiradikarta", Role.ANALYST, Section.ADD),
    "executor": ("teknisi", "Joko Prasetyo", Role.ANALYST, Section.JDS),
    "approver": ("penyetuju", "Hanif Tirtayasa", Role.APPROVER, ""),
    "auditor": ("auditor", "Laila Nirmala", Role.AUDITOR, ""),
    "administrator": ("admin", "Damar Satyanegara", Role.ADMINISTRATOR, Section.JDS),
}


@dataclass(frozen=True, slots=True)
class World:
    """What the pages show: sources by name, people by their part, and the desk with a night."""

    sources: dict[str, Source]
    people: dict[str, User]
    desk: Desk


@dataclass(frozen=True, slots=True)
class Shown:
    """A page: who looks ("" is the public), where, and what is done before it is looked at."""

    by: str
    address: Callable[[World], str]
    then: Callable[[Tab], None] = lambda _tab: None
    refuses: bool = False  # answers with an error, which the browser complains of


def people() -> dict[str, User]:
    """Make one person for each part."""
    return {
        part: person(username, role, full_name=full, section=section)
        for part, (username, full, role, section) in PARTS.items()
    }


def world(sources: dict[str, Source], found: dict[str, User]) -> World:
    """Return the world around these sources: their systems, the SOP, the desk's own settings."""
    first.seed()
    seed(factories.NOW)
    siakad, _ = InformationSystem.objects.get_or_create(name="SIAKAD", slug="siakad")
    InformationSystem.objects.filter(pk=siakad.pk).update(section=Section.ADD)
    siakad.sources.add(sources["SIAKAD"])
    with_app(found["auditor"])
    with_key(found["auditor"])
    RecoveryCodes.activate(found["auditor"])
    parts = ("reporter", "front_desk", "analyst", "executor", "approver")
    night = sources["SIAKAD"].snapshots.latest("taken_at")
    return World(sources, found, Desk(*(found[part] for part in parts), night))


def at(by: str, name: str, *args: object, query: str = "") -> Shown:
    """Return a page whose address needs nothing made."""
    return Shown(by, lambda _world: reverse(name, args=args) + query)


def sign_in_wrongly(tab: Tab) -> None:
    tab.locator("#id_login").fill("rahma")
    tab.locator("#id_password").fill("bukan-ini")
    tab.locator("main button[type=submit]").first.click()
    tab.locator(".alert, .invalid-feedback, .errorlist, [role=alert]").first.wait_for()


def sign_in_half(tab: Tab) -> None:
    """Give a right password, and stand before the question for the second factor."""
    tab.locator("#id_login").fill(PARTS["auditor"][0])
    tab.locator("#id_password").fill(PASSWORD)
    tab.locator("main button[type=submit]").first.click()
    tab.locator("#id_code").wait_for()


def _revision(_world: World) -> str:
    return reverse("sop-revisi", args=[Revision.objects.issued().first().number])


def _key_away(world: World) -> str:
    keys = Authenticator.objects.filter(user=world.people["auditor"], type="webauthn")
    return reverse("mfa_remove_webauthn", args=[keys.get().pk])


def lose_connection(tab: Tab) -> None:
    tab.locator(".offline").evaluate("box => { box.hidden = false; }")


SHELL = {
    "landing": at("", "beranda"),
    "landing, signed in": at("reporter", "beranda"),
    "status": at("", "keadaan"),
    "sop": at("", "sop"),
    "sop, a revision": Shown("", _revision),
    "sop, written": at("administrator", "sop-tulis"),
    "help": at("", "bantuan"),
    **{
        f"guide, {key}": at("", "panduan", key)
        for key in ("pelapor", "layanan", "analis", "penyetuju", "operator", "auditor")
    },
    "morning": at("analyst", "staf"),
    "morning, offline": Shown("analyst", lambda _world: reverse("staf"), lose_connection),
    "approver's morning": at("approver", "staf"),
    "report": at("analyst", "laporan", query="?rentang=tahun"),
    "trail": at("auditor", "jejak"),
    "trail, nothing found": at("auditor", "jejak", query="?object=tidak-ada"),
    "style": at("analyst", "gaya"),
    "sign-in": at("", "masuk"),
    "sign-in refused": Shown("", lambda _world: reverse("masuk"), sign_in_wrongly),
    "second factor": Shown("", lambda _world: reverse("mfa_authenticate"), sign_in_half),
    "sign-in failed": Shown("", lambda _w: reverse("socialaccount_login_error"), refuses=True),
    "sign-in cancelled": at("", "socialaccount_login_cancelled"),
    "account closed": at("", "account_inactive"),
    "account": at("auditor", "mfa_index"),
    "password": at("auditor", "account_change_password"),
    "securing": at("approver", "pengamanan"),
    "new app": at("reporter", "mfa_activate_totp"),
    "app away": at("auditor", "mfa_deactivate_totp"),
    "new key": at("auditor", "mfa_add_webauthn"),
    "key away": Shown("auditor", _key_away),
    "again, password": at("reporter", "account_reauthenticate"),
    "again, code": at("auditor", "mfa_reauthenticate"),
    "again, key": at("auditor", "mfa_reauthenticate_webauthn"),
    "recovery codes": at("auditor", "mfa_view_recovery_codes"),
    "new recovery codes": at("auditor", "mfa_generate_recovery_codes"),
    **{
        f"trouble {name}": Shown("", lambda _world, name=name: f"/uji/{name}/", refuses=True)
        for name in ("400", "429", "500", "csrf")
    },
    "trouble 403": Shown("reporter", lambda _world: reverse("jejak"), refuses=True),
    "trouble 404": Shown("", lambda _world: "/tidak-ada/", refuses=True),
}
PAGES: dict[str, Shown] = {
    **SHELL,
    **{name: Shown(*page) for name, page in pages_of_backups.PAGES.items()},
    **{name: Shown(*page) for name, page in pages_of_cases.PAGES.items()},
    **{name: Shown(*page) for name, page in pages_of_records.PAGES.items()},
    **{name: Shown(*page) for name, page in pages_of_backups.LAST.items()},
}


@dataclass
class Windows:
    """One window for each person, all in one light, language and width."""

    visit: Callable[..., Visit]
    world: World
    options: dict[str, Any]
    kept: dict[str, Visit] = field(default_factory=dict)

    def open(self, name: str, address: str) -> Tab:
        """Open a page of PAGES at the address that was made for it, ready to be looked at."""
        shown = PAGES[name]
        if shown.by not in self.kept:
            self.kept[shown.by] = self.visit(by=self.world.people.get(shown.by), **self.options)
        window = self.kept[shown.by]
        tab = window.open(address)
        shown.then(tab)
        if shown.refuses:
            window.troubles = [line for line in window.troubles if REFUSED not in line]
        return tab


def addresses(world: World, names: Iterable[str] = PAGES) -> dict[str, str]:
    """Make what the pages show; return where each is."""
    return {name: PAGES[name].address(world) for name in names}
