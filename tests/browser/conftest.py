"""A real Chromium before the real pages: nothing inline runs, nothing foreign is fetched."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from portal.accounts.models import Role, User
from portal.lib import unseal
from tests.app import factories
from tests.app.cases import desk, siakad_system  # noqa: F401 - pytest finds fixtures here
from tests.app.people import (  # noqa: F401 - pytest finds fixtures by their names here
    approver,
    front_desk,
    person,
    prove,
    reporter,
)
from tests.app.records import institution, seal_keys  # noqa: F401 - the same

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session", autouse=True)
def keys():
    unseal.make_keys()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's own loop runs in this thread
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def nine_in_the_morning() -> Iterator[None]:
    with time_machine.travel(factories.NOW, tick=True):
        yield


@pytest.fixture
def morning(transactional_db):
    """The morning of the drawings."""
    return factories.morning()


@pytest.fixture
def analyst(transactional_db) -> User:
    return person("agus", Role.ANALYST, full_name="Agus Basisdata")


# Chromium 150, which a fresh Debian 12 has, says so of a font that came from its own cache.
PRELOAD_UNUSED = "was preloaded using link preload but not used"


@dataclass
class Visit:
    """A browser window of somebody, and what it complained of."""

    context: BrowserContext
    page: Page
    home: str
    troubles: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(self.home + path)
        return self.page

    def complain(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and PRELOAD_UNUSED not in message.text:
            self.troubles.append(message.text)

    def watch(self, url: str) -> None:
        if not url.startswith((self.home, "data:")):
            self.troubles.append(f"asked another host: {url}")


@pytest.fixture
def visit(chromium, live_server) -> Iterator[Callable[..., Visit]]:
    """Open windows; at the end none of them may have complained or asked another host."""
    cache.clear()  # it counts how often somebody asked, also in the tests before
    visits: list[Visit] = []

    def opened(by: User | None = None, language: str = "id", width: int = 1280, **options) -> Visit:
        context = chromium.new_context(viewport={"width": width, "height": 900}, **options)
        found = Visit(context, context.new_page(), live_server.url)
        found.page.on("console", found.complain)
        found.page.on("pageerror", lambda error: found.troubles.append(str(error)))
        found.page.on("request", lambda request: found.watch(request.url))
        cookies = {settings.LANGUAGE_COOKIE_NAME: language}
        if by:
            client = Client()
            client.force_login(by)
            prove(client, by)
            cookies[settings.SESSION_COOKIE_NAME] = client.session.session_key
        context.add_cookies(
            [{"name": name, "value": word, "url": found.home} for name, word in cookies.items()]
        )
        visits.append(found)
        return found

    yield opened
    for found in visits:
        found.context.close()
    assert [trouble for found in visits for trouble in found.troubles] == []
