"""The public's pages: the landing page, signing in, the languages, the pages for trouble."""

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from backups.models import InformationSystem
from tests.app import factories
from tests.app.cases import filed
from tests.app.people import PASSWORD

pytestmark = pytest.mark.django_db


def text_of(answer):
    return " ".join(answer.content.decode().split())


def test_the_landing_page_says_what_to_do_and_shows_nothing_of_the_nights(client):
    factories.morning()
    text = text_of(client.get("/"))
    assert "Data hilang?" in text
    assert "Berhenti mengisi di tempat itu" in text
    assert "SIAKAD" in text
    assert "jam lalu" not in text
    assert "Gagal" not in text
    assert "n-good" not in text


def test_the_landing_page_names_each_system_and_where_it_is(client):
    InformationSystem.objects.create(name="SIAKAD", slug="siakad", url="https://siakad.example/")
    assert "https://siakad.example/" in text_of(client.get("/"))


def test_the_landing_page_shows_whoever_is_signed_in_their_own_open_cases(
    siakad_system, reporter, analyst, browser_of
):
    mine, other = filed(reporter), filed(analyst, subject="Bukan milik saya")
    text = text_of(browser_of(reporter).get("/"))
    assert mine.number in text
    assert other.number not in text
    assert mine.number not in text_of(Client().get("/"))


def test_every_link_of_the_landing_page_leads_somewhere(client, settings):
    settings.PULIH_HELP_LINE = "Loket lantai 2, 08:00 sampai 16:00"
    text = text_of(client.get("/"))
    assert "Loket lantai 2" in text
    for name in ("lapor", "lacak", "keadaan"):
        assert f'href="{reverse(name)}"' in text
        assert client.get(reverse(name)).status_code == 200


def test_staff_go_to_their_morning_after_signing_in(client, analyst):
    answer = client.post(
        reverse("masuk"), {"login": analyst.username, "password": PASSWORD}, follow=True
    )
    assert answer.request["PATH_INFO"] == reverse("staf")


def test_whoever_was_sent_to_sign_in_comes_back_to_the_page_they_wanted(client, analyst):
    wanted = reverse("penyimpanan")
    answer = client.post(
        f"{reverse('masuk')}?next={wanted}",
        {"login": analyst.username, "password": PASSWORD, "next": wanted},
    )
    assert answer.url == wanted


def test_a_reporter_goes_to_the_landing_page_after_signing_in(client, reporter):
    answer = client.post(reverse("masuk"), {"login": reporter.username, "password": PASSWORD})
    assert answer.url == reverse("beranda")


def test_a_wrong_password_is_refused_at_the_form(client, analyst):
    answer = client.post(reverse("masuk"), {"login": analyst.username, "password": "salah"})
    assert answer.status_code == 200
    assert "alert" in text_of(answer)


def test_signing_out_is_a_press_and_never_a_link(browser_of, analyst):
    client = browser_of(analyst)
    assert client.get(reverse("keluar")).status_code == 405
    assert client.post(reverse("keluar")).url == reverse("beranda")
    assert client.get(reverse("staf")).status_code == 302


def test_english_is_one_press_away_and_comes_back_to_the_same_page(client):
    answer = client.post(reverse("set_language"), {"language": "en", "next": reverse("masuk")})
    assert answer.url == reverse("masuk")
    assert '<html lang="en">' in client.get(answer.url).content.decode()


@pytest.mark.parametrize("code", [400, 403, 404, 500])
def test_a_page_for_trouble_says_what_was_kept_and_what_to_do(code):
    with override("id"):
        text = render_to_string(f"{code}.html")
    assert "Ke beranda" in text
    assert str(code) in text


def test_an_unknown_address_gets_our_own_page(client):
    answer = client.get("/tidak-ada/")
    assert answer.status_code == 404
    assert "Halaman ini tidak ada" in text_of(answer)


def test_no_page_may_run_or_fetch_what_is_not_ours(client):
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(("count", "word"), [(3, ">3<"), (12, ">9+<")])
def test_the_tabs_icon_carries_a_count(client, count, word):
    answer = client.get(reverse("ikon", args=[count]))
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert word in text_of(answer)
