import pytest
from django.urls import reverse

from portal.accounts.models import Role, User
from portal.audit.models import AuditEvent
from portal.audit.verify import verify

CHANGE = "admin:accounts_user_change"


@pytest.fixture
def keeper(administrator, browser_of):
    """A browser of somebody who may use Django's admin."""
    administrator.is_staff = administrator.is_superuser = True
    administrator.save()
    return browser_of(administrator)


def form(user: User, *roles: Role, **changed) -> dict[str, str]:
    """Return the admin's form for this person as it would be sent with `roles` granted."""
    grants = list(user.role_grants.order_by("pk"))
    data = {
        **{name: getattr(user, name) for name in ("username", "full_name", "email", "section")},
        **{name: getattr(user, name) for name in ("identity_number", "unit", "phone")},
        "is_active": "on",
        "role_grants-TOTAL_FORMS": str(len(grants) + len(roles)),
        "role_grants-INITIAL_FORMS": str(len(grants)),
        **changed,
    }
    for number, grant in enumerate(grants):
        data[f"role_grants-{number}-id"] = str(grant.pk)
        data[f"role_grants-{number}-user"] = str(user.pk)
        data[f"role_grants-{number}-role"] = grant.role
    for number, role in enumerate(roles, start=len(grants)):
        data[f"role_grants-{number}-user"] = str(user.pk)
        data[f"role_grants-{number}-role"] = role
    return data


def told(verb: str) -> AuditEvent:
    return AuditEvent.objects.get(verb=verb)


def test_granting_a_role_leaves_who_whom_and_what_in_the_trail(keeper, administrator, analyst):
    sent = keeper.post(reverse(CHANGE, args=[analyst.pk]), form(analyst, Role.APPROVER))
    assert sent.status_code == 302
    event = told("person.roles_changed")
    assert event.facts == {"before": ["analyst"], "after": ["analyst", "approver"]}
    assert (event.actor_user, event.object_id) == (administrator.pk, str(analyst.pk))
    assert verify().first_bad is None


def test_a_changed_name_is_told_without_the_name(keeper, analyst):
    keeper.post(reverse(CHANGE, args=[analyst.pk]), form(analyst, full_name="Agus Baru"))
    assert told("person.changed").facts == {"fields": ["Nama lengkap"]}
    assert not AuditEvent.objects.filter(verb="person.roles_changed").exists()


def test_a_new_account_is_told(keeper):
    password = "panjang-dan-tidak-lazim"
    fields = {"username": "baru", "password1": password, "password2": password}
    grants = {"role_grants-TOTAL_FORMS": "0", "role_grants-INITIAL_FORMS": "0"}
    keeper.post(reverse("admin:accounts_user_add"), {**fields, **grants, "usable_password": "true"})
    assert told("person.added").object_id == str(User.objects.get(username="baru").pk)


def test_a_password_set_by_somebody_else_is_told(keeper, analyst):
    password = "panjang-dan-tidak-lazim"
    address = reverse("admin:auth_user_password_change", args=[analyst.pk])
    keeper.post(address, {"password1": password, "password2": password, "usable_password": "true"})
    analyst.refresh_from_db()
    assert analyst.check_password(password)
    assert told("person.changed").facts["fields"]


def test_an_account_is_never_deleted(keeper, analyst):
    answered = keeper.post(reverse("admin:accounts_user_delete", args=[analyst.pk]))
    assert answered.status_code == 403
    assert User.objects.filter(pk=analyst.pk).exists()


def test_a_role_alone_does_not_open_the_admin(administrator, browser_of):
    answered = browser_of(administrator).get(reverse("admin:accounts_user_changelist"))
    assert answered.status_code == 302
