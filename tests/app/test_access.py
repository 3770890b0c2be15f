from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.checks import run_checks
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, get_resolver, include, path, resolve, reverse
from django.views import View

from portal import urls as portal_urls
from portal.accounts.access import Access, access_of, open_to_all, requires, signed_in
from portal.accounts.checks import GUARDED_BY_THEMSELVES, unmarked
from portal.accounts.models import Role, RoleGrant

HERE = "tests.app.test_access"
READING = ("get", "head", "options")
CHANGING = ("post", "put", "patch", "delete")


def answer(request, *args) -> HttpResponse:
    return HttpResponse("masuk")


class Page(View):
    def get(self, request) -> HttpResponse:
        return answer(request)


urlpatterns = [
    path("uji/terbuka/", open_to_all(answer), name="terbuka"),
    path("uji/milik-saya/", signed_in(answer), name="milik_saya"),
    path("uji/analisis/", requires(Role.ANALYST)(answer), name="analisis"),
    path("uji/periksa/", requires(Role.ANALYST, Role.AUDITOR)(answer), name="periksa"),
    path("uji/kelas/", requires(Role.APPROVER)(Page.as_view()), name="kelas"),
    *portal_urls.urlpatterns,
]
forgetful = [path("lupa/<int:pk>/", answer), path("terbuka/", open_to_all(answer))]
small_portal = pytest.mark.urls(HERE)


def statuses(client: Client, address: str, methods: tuple[str, ...]) -> set[int]:
    return {client.generic(method.upper(), address).status_code for method in methods}


# What each mark means


@small_portal
def test_an_open_page_lets_everybody_in(people, browser_of):
    for client in [Client(), *map(browser_of, people.values())]:
        assert statuses(client, "/uji/terbuka/", READING + CHANGING) == {200}


@small_portal
def test_a_page_about_oneself_lets_in_whoever_holds_a_role(people, browser_of):
    for who, user in people.items():
        expected = {403} if who == "stranger" else {200}
        assert statuses(browser_of(user), "/uji/milik-saya/", READING + CHANGING) == expected


@small_portal
def test_a_page_lets_in_the_roles_it_names_and_no_other(people, browser_of):
    for who, user in people.items():
        expected = {200} if who == "analyst" else {403}
        assert statuses(browser_of(user), "/uji/analisis/", READING + CHANGING) == expected


@small_portal
def test_an_auditor_reads_and_changes_nothing(auditor, browser_of):
    client = browser_of(auditor)
    assert statuses(client, "/uji/periksa/", READING) == {200}
    assert statuses(client, "/uji/periksa/", CHANGING) == {403}


@small_portal
def test_an_auditor_who_is_an_analyst_too_acts_as_one(auditor, browser_of):
    RoleGrant.objects.create(user=auditor, role=Role.ANALYST)
    assert statuses(browser_of(auditor), "/uji/periksa/", CHANGING) == {200}


@small_portal
def test_a_superuser_passes_by_no_list(stranger, browser_of):
    stranger.is_superuser = stranger.is_staff = True
    stranger.save()
    assert statuses(browser_of(stranger), "/uji/analisis/", READING) == {403}


@small_portal
def test_a_role_taken_away_closes_the_page_at_once(analyst, browser_of):
    client = browser_of(analyst)
    assert client.get("/uji/analisis/").status_code == 200
    analyst.role_grants.all().delete()
    assert client.get("/uji/analisis/").status_code == 403


@small_portal
def test_an_account_switched_off_is_signed_out(analyst, browser_of):
    client = browser_of(analyst)
    analyst.is_active = False
    analyst.save()
    assert client.get("/uji/analisis/").url == "/masuk/?next=/uji/analisis/"


@small_portal
def test_a_class_takes_a_mark_as_a_function_does(approver, analyst, browser_of):
    assert browser_of(approver).get("/uji/kelas/").content == b"masuk"
    assert browser_of(analyst).get("/uji/kelas/").status_code == 403


# What those hear who are not let in


@small_portal
def test_nobody_is_led_to_sign_in_and_back(db, client):
    assert client.get("/uji/analisis/?hal=2").url == "/masuk/?next=/uji/analisis/%3Fhal%3D2"


@small_portal
def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(db, client):
    asked = {"HX-Request": "true", "HX-Current-URL": "http://testserver/staf/?hal=2"}
    answered = client.get("/uji/analisis/", headers=asked)
    assert answered.headers["HX-Redirect"] == "/masuk/?next=/staf/%3Fhal%3D2"


def test_the_refusal_says_for_whom_the_page_is():
    rule = Access(acts=frozenset({Role.ANALYST}), reads=frozenset({Role.AUDITOR}))
    assert rule.refusal(frozenset({Role.REPORTER})) == "Halaman ini untuk: Analis, Auditor."
    assert "tidak mengubah" in rule.refusal(frozenset({Role.AUDITOR}))


# A view without a rule does not start


def test_addresses_without_a_rule_are_told():
    patterns = [path("staf/", include((forgetful, "staf"))), path("admin/", admin.site.urls)]
    assert list(unmarked(patterns)) == ["/staf/lupa/<int:pk>/"]


def test_the_portal_does_not_start_with_a_view_without_a_rule(settings):
    settings.ROOT_URLCONF = tuple(forgetful)
    assert "pulih.E002" in {message.id for message in run_checks(tags=["urls"])}


def test_every_address_of_the_portal_has_a_rule():
    assert list(unmarked(get_resolver().url_patterns)) == []


def test_one_view_does_not_take_two_rules():
    with pytest.raises(TypeError, match="two access rules"):
        open_to_all(requires(Role.ANALYST)(answer))


def test_a_rule_for_no_role_is_refused():
    with pytest.raises(TypeError, match="at least one role"):
        requires()


# Every address of the portal, every person

SAMPLES = {
    "IntConverter": 987654321,
    "StringConverter": "tidak-ada",
    "SlugConverter": "tidak-ada",
    "PathConverter": "tidak/ada",
    "UUIDConverter": "00000000-0000-4000-8000-000000000000",
    "Token": "A" * 32,
}


@dataclass(frozen=True)
class Named:
    """A named address and what it needs to be written out."""

    name: str
    needs: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        return reverse(self.name, kwargs={key: SAMPLES[kind] for key, kind in self.needs})


def named(patterns, spaces=(), needs=()) -> Iterator[Named]:
    for entry in patterns:
        found = getattr(entry.pattern, "converters", {})
        here = (*needs, *((key, type(kind).__name__) for key, kind in found.items()))
        if isinstance(entry, URLPattern):
            if entry.name:
                yield Named(":".join([*spaces, entry.name]), here)
        elif entry.app_name not in GUARDED_BY_THEMSELVES:
            inner = (*spaces, entry.namespace) if entry.namespace else spaces
            yield from named(entry.url_patterns, inner, here)


def is_let_in(answered: HttpResponse) -> bool:
    led_to_sign_in = f"?{REDIRECT_FIELD_NAME}=" in answered.headers.get("Location", "")
    return answered.status_code != 403 and not led_to_sign_in


@pytest.mark.parametrize("page", [*named(get_resolver().url_patterns)], ids=str)
def test_every_page_lets_in_exactly_whom_its_rule_names(page, people, browser_of):
    """Whom it admits may read; whom it does not may neither read nor change.

    Changes by those who may are the business of each page's own tests.
    """
    rule = access_of(resolve(page.address).func)
    for who, user in [("nobody", None), *people.items()]:
        client = browser_of(user) if user else Client()
        client.raise_request_exception = False
        roles = user.roles if user else frozenset()
        read = client.get(page.address)
        assert read.status_code < 500, f"{who} breaks {page}"
        assert is_let_in(read) == rule.admits(roles, "GET"), f"{who} reads {page}"
        if not rule.admits(roles, "POST"):
            assert not is_let_in(client.post(page.address)), f"{who} changes {page}"
