"""`make screenshots`: every page in both lights, both languages, on a phone and on a desk.

Not one of the tests: nothing here fails because a page looks bad. Somebody looks at them.
PICTURES=morning,source takes only the pages of these names, LOOKS=id-light-1280 only this look.
The guides' pictures are taken on the way.
"""

import os
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from PIL import Image

from tests.browser import world
from tests.browser.test_every_page import OPEN, PAGES
from tickets.models import Ticket
from tickets.workflow import State

FOLDER = Path(settings.BASE_DIR) / "var" / "screenshots"
GUIDES = Path(settings.BASE_DIR) / "pictures_built" / "bantuan"
LOOKS = [
    look
    for look in product(("id", "en"), ("light", "dark"), ("1280", "390"))
    if "-".join(look) in os.environ.get("LOOKS", "-".join(look)).split(",")
]
LOCALES = {"id": "id-ID", "en": "en-GB"}
ONLY = [name for name in os.environ.get("PICTURES", "").split(",") if name]


def case(_):
    return Ticket.objects.filter(state=State.IN_ANALYSIS).first().get_absolute_url()


def at(name):
    return lambda _: reverse(name)


# name -> who looks (nobody: the public), and where
MORE = {
    "queue": ("layanan", at("tiket")),
    "case": ("analis", case),
    "approvals": ("penyetuju", at("persetujuan")),
    "new case": ("layanan", at("tiket-baru")),
    "drills": ("analis", at("uji")),
    "register": ("auditor", at("rekaman")),
    "trail": ("auditor", at("jejak")),
    "sop, written": ("admin", at("sop-tulis")),
    "report form": ("", at("lapor")),
    "track": ("", at("lacak")),
    "approver's morning": ("penyetuju", at("staf")),
}
EVERY = {name: ("" if name in OPEN else "analis", path) for name, path in PAGES.items()} | MORE
# a guide's picture -> the page that it shows
SHOWN = {
    "lapor": "report form",
    "lacak": "track",
    "tiket": "queue",
    "pencarian": "search",
    "sumber": "source",
    "persetujuan": "approvals",
    "hari-ini": "morning",
    "penyimpanan": "vaults",
    "sistem": "systems",
    "laporan": "report",
    "rekaman": "register",
    "jejak": "trail",
}


@pytest.fixture
def people(transactional_db):
    return world.people() | {"": None}


@pytest.mark.parametrize("look", LOOKS, ids="-".join)
def test_pictures(visit, people, look):
    language, theme, width = look
    made = world.a_year(people["analis"])
    options = {
        "language": language,
        "width": int(width),
        "color_scheme": theme,
        "locale": LOCALES[language],
    }
    windows = {name: visit(by=who, **options) for name, who in people.items()}
    folder = FOLDER / "-".join(look)
    folder.mkdir(parents=True, exist_ok=True)
    for name, (who, path) in EVERY.items():
        if ONLY and name not in ONLY:
            continue
        page = windows[who].open(path(made))
        page.evaluate("document.fonts.ready")
        page.screenshot(path=folder / f"{name.replace(' ', '-')}.png", full_page=True)
        for picture in (key for key, shown in SHOWN.items() if shown == name):
            if (theme, width) == ("light", "1280"):
                keep_for_guide(page.screenshot(clip=TOP, path=None), language, picture)


TOP = {"x": 0, "y": 0, "width": 1280, "height": 800}


def keep_for_guide(png, language, name):
    """Keep what a page looks like at its top, small enough to read on a phone."""
    place = GUIDES / language / f"{name}.webp"
    place.parent.mkdir(parents=True, exist_ok=True)
    raw = place.with_suffix(".png")
    raw.write_bytes(png)
    with Image.open(raw) as picture:
        picture.convert("RGB").save(place, "WEBP", quality=70, method=6)
    raw.unlink()
