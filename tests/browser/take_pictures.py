"""`make screenshots`: every page in both lights, both languages, on a phone and on a desk.

Not one of the tests: nothing here fails because a page looks bad. Somebody looks at them.
PICTURES="morning;source" takes only the pages of these names, LOOKS=id-light-1280 only this look.
The guides' pictures are taken on the way.
"""

import os
from itertools import product
from pathlib import Path

from django.conf import settings
from PIL import Image

from tests.browser.gallery import PAGES, Windows, addresses, people, world
from tests.browser.pages_of_backups import LAST
from tests.browser.world import a_year

FOLDER = Path(settings.BASE_DIR) / "var" / "screenshots"
GUIDES = Path(settings.BASE_DIR) / "pictures_built" / "bantuan"
LOOKS = [
    look
    for look in product(("id", "en"), ("light", "dark"), ("1280", "390"))
    if "-".join(look) in os.environ.get("LOOKS", "-".join(look)).split(",")
]
LOCALES = {"id": "id-ID", "en": "en-GB"}
ONLY = [name for name in os.environ.get("PICTURES", "").split(";") if name]
# a guide's picture -> the page that it shows
SHOWN = {
    "lapor": "report a loss",
    "lacak": "track a case",
    "tiket": "queue",
    "pencarian": "search",
    "sumber": "source",
    "persetujuan": "approvals",
    "hari-ini": "morning",
    "penyimpanan": "vaults",
    "sistem": "systems",
    "laporan": "report",
    "rekaman": "records",
    "jejak": "trail",
}
TOP = {"x": 0, "y": 0, "width": 1280, "height": 800}


def test_pictures(visit, settings, transactional_db, institution):
    settings.ROOT_URLCONF = "tests.browser.addresses"
    found = people()
    made = world(a_year(found["analyst"]), found)
    names = [name for name in PAGES if name in (ONLY or PAGES)]
    for some in ([name for name in names if name not in LAST], [n for n in names if n in LAST]):
        where = addresses(made, some)
        for look in LOOKS:
            language, theme, width = look
            options = {
                "language": language,
                "width": int(width),
                "color_scheme": theme,
                "locale": LOCALES[language],
            }
            take(look, Windows(visit, made, options), where)


def take(look, windows, where):
    """Take each page as one person sees it in this look."""
    language, theme, width = look
    folder = FOLDER / "-".join(look)
    folder.mkdir(parents=True, exist_ok=True)
    for name, address in where.items():
        page = windows.open(name, address)
        page.evaluate("document.fonts.ready")
        file = name.replace(",", "").replace("'", "").replace(" ", "-")
        page.screenshot(path=folder / f"{file}.png", full_page=True)
        for picture in (key for key, shown in SHOWN.items() if shown == name):
            if (theme, width) == ("light", "1280"):
                keep_for_guide(page.screenshot(clip=TOP, path=None), language, picture)
    for window in windows.kept.values():
        window.context.close()


def keep_for_guide(png, language, name):
    """Keep what a page looks like at its top, small enough to read on a phone."""
    place = GUIDES / language / f"{name}.webp"
    place.parent.mkdir(parents=True, exist_ok=True)
    raw = place.with_suffix(".png")
    raw.write_bytes(png)
    with Image.open(raw) as picture:
        picture.convert("RGB").save(place, "WEBP", quality=70, method=6)
    raw.unlink()
