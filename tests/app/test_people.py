"""Signing in, by password and by the university; the second factor; proving it again."""

import re

import pytest
import requests
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import path, reverse

from portal import urls as portal_urls
from portal.accounts import seeds
from portal.accounts.access import requires
from portal.accounts.again import recently_authenticated
from portal.accounts.models import Role, User
from portal.audit.models import AuditEvent
from tests.app.people import PASSWORD, prove
from tests.identity_provider import CLIENT, SECRET, identity_provider

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def answer(request) -> HttpResponse:
    return HttpResponse(f"disetujui: {request.POST.get('alasan', '-')}")


urlpatterns = [
    path("uji/setujui/", requires(Role.APPROVER)(recently_authenticated(answer)), name="setujui"),
    *portal_urls.urlpatterns,
]
pytestmark = pytest.mark.django_db
HERE = pytest.mark.urls("tests.app.test_people")


@pytest.fixture(autouse=True)
def _no_limits_from_before():
    cache.clear()


@pytest.fixture
def demanded(settings) -> None:
    settings.PULIH_SECOND_FACTOR = True


def code_of(seed: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(seed, counter))


def with_app(user: User) -> User:
    TOTP.activate(user, SEED)
    return user


def sign_in(client: Client, user: User, **extra):
    return client.post(reverse("masuk"), {"login": user.username, "password": PASSWORD, **extra})


def text_of(answered) -> str:
    return " ".join(answered.content.decode().split())


# By password


def test_an_address_signs_in_as_well_as_a_name(client, reporter):
    answered = client.post(reverse("masuk"), {"login": reporter.email, "password": PASSWORD})
    assert answered.url == reverse("beranda")


def test_a_wrong_name_and_a_wrong_password_are_told_by_the_same_sentence(client, reporter):
    told = [
        re.search(r"Nama pengguna atau kata sandi tidak cocok[^<]*", text_of(answered)).group()
        for answered in (
            client.post(reverse("masuk"), {"login": reporter.username, "password": "salah"}),
            client.post(reverse("masuk"), {"login": "tidak.ada", "password": "salah"}),
        )
    ]
    assert told[0] == told[1]


def test_guessing_a_password_is_stopped_though_the_right_one_comes_at_last(client, reporter):
    for _ in range(5):
        client.post(reverse("masuk"), {"login": reporter.username, "password": "salah"})
    answered = sign_in(client, reporter)
    assert answered.status_code == 200
    assert "Terlalu banyak percobaan" in text_of(answered)


def test_an_account_switched_off_is_told_whom_to_ask(client, reporter):
    reporter.is_active = False
    reporter.save()
    answered = client.post(
        reverse("masuk"), {"login": reporter.username, "password": PASSWORD}, follow=True
    )
    assert "loket" in text_of(answered).lower()
    assert "_auth_user_id" not in client.session


def test_nobody_makes_an_account_by_oneself(client):
    assert client.get("/masuk/daftar/").status_code in {404, 405}


# The second factor


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("demanded")
def test_staff_without_a_second_factor_are_led_to_set_one_up_and_back(client, analyst):
    sign_in(client, analyst)
    answered = client.get(reverse("penyimpanan"), follow=True)
    assert answered.request["PATH_INFO"] == reverse("pengamanan")
    assert reverse("penyimpanan") in text_of(answered)
    page = client.get(reverse("mfa_activate_totp"))
    seed = re.search(r'class="seed">(\w+)<', page.content.decode()).group(1)
    client.post(reverse("mfa_activate_totp"), {"code": code_of(seed)})
    assert client.get(reverse("penyimpanan")).status_code == 200
    assert AuditEvent.objects.filter(verb="person.second_factor_added").count() == 1


@pytest.mark.usefixtures("demanded")
def test_reporters_are_not_asked_for_one(client, reporter):
    sign_in(client, reporter)
    assert client.get(reverse("mfa_index")).status_code == 200


@pytest.mark.usefixtures("demanded")
def test_whoever_has_one_signs_in_with_it_and_with_nothing_less(client, analyst):
    with_app(analyst)
    assert sign_in(client, analyst).url == reverse("mfa_authenticate")
    assert client.get(reverse("staf")).status_code == 302
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "tidak cocok" in text_of(wrong)
    assert not AuditEvent.objects.filter(verb="person.signed_in").exists()
    assert client.post(reverse("mfa_authenticate"), {"code": code_of(SEED)}).url == reverse("staf")
    assert client.get(reverse("staf")).status_code == 200
    assert AuditEvent.objects.get(verb="person.signed_in").facts["by"] == ["password", "mfa"]


@pytest.mark.usefixtures("demanded")
def test_a_code_is_good_once(analyst):
    with_app(analyst)
    code = code_of(SEED)
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(client, analyst)
    assert first.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
    assert second.post(reverse("mfa_authenticate"), {"code": code}).status_code == 200


@pytest.mark.usefixtures("demanded")
def test_a_recovery_code_stands_in_for_a_lost_telephone_once(client, analyst):
    with_app(analyst)
    code = RecoveryCodes.activate(analyst).get_unused_codes()[0]
    sign_in(client, analyst)
    assert client.post(reverse("mfa_authenticate"), {"code": code}).url == reverse("staf")
    other = Client()
    sign_in(other, analyst)
    assert other.post(reverse("mfa_authenticate"), {"code": code}).status_code == 200


@pytest.mark.usefixtures("demanded")
def test_the_administration_asks_for_it_too(client, administrator):
    administrator.is_staff = administrator.is_superuser = True
    administrator.save()
    sign_in(client, administrator)
    answered = client.get("/admin/", follow=True)
    assert answered.request["PATH_INFO"] == reverse("pengamanan")


def test_a_seed_lies_locked_in_the_database(analyst, settings):
    with_app(analyst)
    kept = Authenticator.objects.get(user=analyst, type="totp").data["secret"]
    assert SEED not in kept
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "kunci-baru"
    assert seeds.unlock(kept) == SEED


@pytest.mark.django_db(transaction=True)
def test_ones_own_page_shows_what_is_set_up_and_takes_it_away_again(client, analyst):
    sign_in(client, analyst)
    page = client.get(reverse("mfa_activate_totp"))
    seed = re.search(r'class="seed">(\w+)<', page.content.decode()).group(1)
    after = client.post(reverse("mfa_activate_totp"), {"code": code_of(seed)}, follow=True)
    assert "Kode pemulihan" in text_of(after)
    codes = client.get(reverse("mfa_download_recovery_codes"))
    assert len(re.findall(r"(?m)^\w{8}$", codes.content.decode())) == 10
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.filter(user=analyst).exists()


@pytest.mark.django_db(transaction=True)
def test_a_new_password_is_asked_for_with_the_old_one(client, reporter):
    sign_in(client, reporter)
    new = {"password1": "langit-biru-pagi-ini", "password2": "langit-biru-pagi-ini"}
    refused = client.post(reverse("account_change_password"), {"oldpassword": "salah", **new})
    assert "tidak cocok" in text_of(refused)
    client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, **new})
    reporter.refresh_from_db()
    assert reporter.check_password("langit-biru-pagi-ini")
    assert client.get(reverse("mfa_index")).status_code == 200


def test_a_lost_telephone_is_mended_by_an_operator_and_leaves_a_trace(client, analyst, capsys):
    with_app(analyst)
    client.force_login(analyst)
    call_command("drop_second_factor", analyst.username)
    assert "every session ended" in capsys.readouterr().out
    assert not Authenticator.objects.filter(user=analyst).exists()
    assert client.get(reverse("mfa_index")).status_code == 302
    assert AuditEvent.objects.filter(verb="person.second_factor_removed").count() == 1
    with pytest.raises(CommandError, match="no account 'tidak-ada'"):
        call_command("drop_second_factor", "tidak-ada")


# Proving it again


@HERE
def test_an_old_proof_is_asked_for_anew_and_what_was_typed_goes_on(client, approver):
    client.force_login(approver)
    prove(client, approver, age=3600)
    wanted = reverse("setujui")
    assert client.get(wanted).status_code == 200
    asked = client.post(wanted, {"alasan": "lengkap"})
    assert asked.url.startswith(reverse("account_reauthenticate"))
    wrong = client.post(asked.url, {"password": "salah", "next": wanted})
    assert "tidak cocok" in text_of(wrong)
    done = client.post(asked.url, {"password": PASSWORD, "next": wanted})
    assert done.content.decode() == "disetujui: lengkap"


@HERE
def test_a_fresh_proof_is_enough(browser_of, approver):
    done = browser_of(approver).post(reverse("setujui"), {"alasan": "ya"})
    assert done.content.decode() == "disetujui: ya"


@HERE
@pytest.mark.usefixtures("demanded")
def test_where_a_second_factor_is_demanded_it_is_the_one_asked_again(client, approver):
    with_app(approver)
    client.force_login(approver)
    prove(client, approver, "mfa", "password", age=3600)
    asked = client.post(reverse("setujui"), {"alasan": "ya"})
    assert asked.url.startswith(reverse("mfa_reauthenticate"))
    done = client.post(asked.url, {"code": code_of(SEED), "next": reverse("setujui")})
    assert done.content.decode() == "disetujui: ya"


# By the university's own provider


@pytest.fixture
def university(settings):
    with identity_provider() as provider:
        settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"] = [
            {
                "provider_id": "kampus",
                "name": "Akun UHAMKA",
                "client_id": CLIENT,
                "secret": SECRET,
                "settings": {"server_url": provider.issuer},
            }
        ]
        yield provider
        settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"] = []


def by_university(client: Client, provider, **claims):
    provider.person = {
        "sub": "10023",
        "email": "siti@uhamka.example",
        "email_verified": True,
        "name": "Siti Aminah",
        "preferred_username": "siti",
        "nip": "NIP-77",
        **claims,
    }
    away = client.post(reverse("openid_connect_login", args=["kampus"]))
    back = requests.get(away.url, allow_redirects=False, timeout=10).headers["Location"]
    return client.get(back.removeprefix("http://testserver"))


def test_somebody_of_the_university_comes_in_as_a_reporter(client, university):
    assert "Masuk dengan Akun UHAMKA" in text_of(client.get(reverse("masuk")))
    answered = by_university(client, university)
    assert answered.url == reverse("beranda")
    siti = User.objects.get(username="siti")
    assert (str(siti), siti.identity_number, siti.roles) == (
        "Siti Aminah", "NIP-77", {Role.REPORTER},
    )  # fmt: skip
    assert not siti.has_usable_password()
    client.post(reverse("keluar"))
    assert by_university(client, university, email="lain@uhamka.example").url == reverse("beranda")
    assert User.objects.filter(username="siti").count() == 1


@pytest.mark.usefixtures("demanded")
def test_an_account_of_staff_is_known_by_its_verified_address_and_still_needs_its_code(
    client, university, analyst
):
    with_app(analyst)
    answered = by_university(client, university, email=analyst.email)
    assert answered.url == reverse("mfa_authenticate")
    client.post(reverse("mfa_authenticate"), {"code": code_of(SEED)})
    assert int(client.session["_auth_user_id"]) == analyst.pk


def test_an_address_that_nobody_verified_opens_no_account(client, university, analyst):
    answered = by_university(client, university, email=analyst.email, email_verified=False)
    assert "_auth_user_id" not in client.session
    assert client.get(answered.url).status_code == 401


def test_a_forged_answer_of_the_provider_helps_nobody(client, university):
    client.post(reverse("openid_connect_login", args=["kampus"]))
    forged = client.get(
        reverse("openid_connect_callback", args=["kampus"]), {"code": "x", "state": "palsu"}
    )
    assert "belum berhasil" in text_of(forged)
    assert "_auth_user_id" not in client.session


def test_a_link_alone_never_begins_a_sign_in(client, university):
    assert client.get(reverse("openid_connect_login", args=["kampus"])).status_code == 405
