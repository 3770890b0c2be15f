"""The people of the tests, named by what they do; a stranger must be refused everywhere."""

import time
from collections.abc import Callable

import pytest
from django.test import Client

from portal.accounts.models import Role, RoleGrant, User
from portal.accounts.sections import Section

PASSWORD = "tidak-rahasia-di-sini"


def person(username: str, *roles: Role, full_name: str = "", section: str = "") -> User:
    """Return a new person with these roles."""
    user = User.objects.create_user(
        username,
        f"{username}@uhamka.example",
        PASSWORD,
        full_name=full_name or username.title(),
        identity_number=f"NIP-{username}",
        section=section,
    )
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role) for role in roles)
    return user


@pytest.fixture
def reporter(db) -> User:
    return person("rahma", Role.REPORTER, full_name="Rahma Dosen")


@pytest.fixture
def front_desk(db) -> User:
    return person("fitri", Role.FRONT_DESK, full_name="Fitri Layanan", section=Section.YANSI)


@pytest.fixture
def analyst(db) -> User:
    return person("agus", Role.ANALYST, full_name="Agus Basisdata", section=Section.ADD)


@pytest.fixture
def approver(db) -> User:
    return person("pak_kabag", Role.APPROVER, full_name="Bapak Kabag")


@pytest.fixture
def auditor(db) -> User:
    return person("audi", Role.AUDITOR, full_name="Audi Pemeriksa")


@pytest.fixture
def administrator(db) -> User:
    return person("adam", Role.ADMINISTRATOR, full_name="Adam Pengelola", section=Section.JDS)


@pytest.fixture
def stranger(db) -> User:
    """Somebody with an account and no role: one who left, or was never let in."""
    return person("surya", full_name="Surya Asing")


EVERYBODY = (
    "reporter",
    "front_desk",
    "analyst",
    "approver",
    "auditor",
    "administrator",
    "stranger",
)


@pytest.fixture
def people(request, db) -> dict[str, User]:
    """Everybody with an account, by what they do."""
    return {name: request.getfixturevalue(name) for name in EVERYBODY}


@pytest.fixture
def browser_of() -> Callable[[User], Client]:
    """Give a client that is signed in as somebody."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        prove(client, user)
        return client

    return signed_in


def prove(client: Client, user: User, *methods: str, age: float = 0) -> None:
    """Note in the client's session that `user` proved who they are, `age` seconds ago."""
    session = client.session
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [
        {"method": method, "at": time.time() - age} for method in methods or ("password",)
    ]
    session.save()
