"""The portal's own settings, with a state folder that ends with the tests and quick passwords.

DATABASE_URL is heeded as ever, so the same tests run on SQLite and on PostgreSQL.
"""

import os
from tempfile import TemporaryDirectory

_state = TemporaryDirectory(prefix="pulih-tests-")
os.environ["PULIH_VAR"] = _state.name  # never the state of a portal that runs here

from portal.settings import *  # noqa: E402, F403 - the folder must be named before they are read
from portal.settings import DATABASES, INSTALLED_APPS, PULIH_VAR, STORAGES  # noqa: E402

INSTALLED_APPS = [*INSTALLED_APPS, "tests.emptying"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"  # nothing was collected
}
PULIH_SECOND_FACTOR = (
    False  # people of the tests sign in by force; tests of the demand switch it on
)
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: several connections lock each other as they do in earnest.
    DATABASES["default"]["TEST"] = {"NAME": str(PULIH_VAR / "tests.sqlite3")}
(PULIH_VAR / "static").mkdir()  # whitenoise warns when it is not there
