"""`make screenshots`: every page in both lights, both languages, on a phone and on a desk.

Not one of the tests: nothing here fails because a page looks bad. Somebody looks at them.
PICTURES=staf,sumber takes only the pages of these names.
"""

import os
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings

from tests.browser import world
from tests.browser.test_every_page import OPEN, PAGES

FOLDER = Path(settings.BASE_DIR) / "var" / "screenshots"
LOOKS = list(product(("id", "en"), ("light", "dark"), (1280, 390)))
LOCALES = {"id": "id-ID", "en": "en-GB"}
ONLY = [name for name in os.environ.get("PICTURES", "").split(",") if name]


@pytest.fixture
def people(transactional_db):
    return world.people()


def test_pictures(visit, people):
    made = world.a_year(people["analis"])
    wanted = {name: path for name, path in PAGES.items() if not ONLY or name in ONLY}
    for language, theme, width in LOOKS:
        options = {
            "language": language,
            "width": width,
            "color_scheme": theme,
            "locale": LOCALES[language],
        }
        staff, public = visit(by=people["analis"], **options), visit(**options)
        for name, path in wanted.items():
            page = (public if name in OPEN else staff).open(path(made))
            page.evaluate("document.fonts.ready")
            place = FOLDER / f"{language}-{theme}-{width}" / f"{name.replace(' ', '-')}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=place, full_page=True)
