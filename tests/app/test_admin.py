"""Administration: what is typed is sealed at once and never shown again."""

import pytest

from backups.models import Server, Source, Vault
from portal.lib.unseal import unseal

pytestmark = pytest.mark.django_db

PAGES = (
    "",
    "backups/source/",
    "backups/source/add/",
    "backups/vault/add/",
    "backups/server/add/",
    "backups/informationsystem/add/",
    "accounts/user/add/",
)


@pytest.fixture
def admin_browser(client, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("kepala", password="x"))
    return client


@pytest.fixture
def typed():
    server = Server.objects.create(name="server-akademik")
    return {
        "name": "SIAKAD baru",
        "engine": "postgresql",
        "server": server.pk,
        "host": "db.example",
        "port": "5432",
        "database": "siakad",
        "read_username": "pembaca",
        "read_password": "rahasia sekali",
        "keep_daily": 30,
        "keep_weekly": 8,
        "keep_monthly": 12,
        "keep_yearly": 3,
        "keep_floor": 7,
        "age_target_hours": 26,
        "recovery_target_minutes": 60,
        "dump_jobs": 2,
        "alarm_shrink_percent": 10,
        "alarm_vanish_percent": 20,
        "alarm_size_percent": 40,
        "alarm_mass_percent": 50,
        "alarm_still_nights": 14,
    }


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_administration_opens(admin_browser, page):
    assert admin_browser.get(f"/admin/{page}").status_code == 200


def test_a_typed_password_is_sealed_and_never_shown(admin_browser, typed):
    assert admin_browser.post("/admin/backups/source/add/", typed).status_code == 302
    source = Source.objects.get()
    assert source.key == "siakad-baru"
    assert "rahasia" not in source.read_secret
    assert unseal(source.read_secret) == "rahasia sekali"
    page = admin_browser.get(f"/admin/backups/source/{source.pk}/change/")
    assert b"rahasia" not in page.content
    assert source.read_secret.encode() not in page.content


def test_an_empty_password_field_keeps_the_password(admin_browser, typed):
    admin_browser.post("/admin/backups/source/add/", typed)
    source = Source.objects.get()
    changed = {**typed, "name": "SIAKAD", "read_password": ""}
    admin_browser.post(f"/admin/backups/source/{source.pk}/change/", changed)
    source.refresh_from_db()
    assert (source.name, source.key) == ("SIAKAD", "siakad-baru")
    assert unseal(source.read_secret) == "rahasia sekali"


def test_a_connection_test_is_ordered_and_not_made_by_the_web(admin_browser, typed):
    admin_browser.post("/admin/backups/source/add/", typed)
    source = Source.objects.get()
    chosen = {"action": "test_connection", "_selected_action": source.pk}
    assert admin_browser.post("/admin/backups/source/", chosen).status_code == 302
    assert source.connection_tests.get().state == "queued"


def test_the_keys_of_a_vault_are_sealed(admin_browser):
    typed = {"name": "Media", "role": "media", "location": "s3:s3.example/pulih"}
    typed |= {"read_within_days": 30, "enabled": "on"}
    keys = '{"AWS_ACCESS_KEY_ID": "kunci"}'
    admin_browser.post("/admin/backups/vault/add/", {**typed, "environment": keys})
    assert unseal(Vault.objects.get().environment_secret) == keys


def test_keys_that_are_no_object_are_refused_with_a_sentence(admin_browser):
    typed = {"name": "Media", "role": "media", "location": "/media", "read_within_days": 30}
    answer = admin_browser.post("/admin/backups/vault/add/", {**typed, "environment": "[1]"})
    assert "Tulis sebagai" in answer.content.decode()
    assert not Vault.objects.exists()


def test_sources_and_vaults_cannot_be_deleted(admin_browser, typed):
    admin_browser.post("/admin/backups/source/add/", typed)
    source = Source.objects.get()
    assert admin_browser.post(f"/admin/backups/source/{source.pk}/delete/").status_code == 403
