"""What gunicorn serves."""

import os

from django.core.checks import Tags, run_checks
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
os.environ.setdefault("PULIH_KEEP_CONNECTION", "60")  # seconds; settings.py says why
application = get_wsgi_application()
if _errors := [found for found in run_checks(tags=[Tags.urls]) if found.is_serious()]:
    raise SystemExit("\n".join(map(str, _errors)))  # a view without an access rule does not start
