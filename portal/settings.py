"""Settings, from the environment; the state lives below PULIH_VAR (docs/pemasangan.md)."""

from __future__ import annotations

from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from portal.lib.env import env, kept_secret, origin_of, state_folder

BASE_DIR = Path(__file__).resolve().parent.parent
PULIH_VAR = state_folder(BASE_DIR)
PULIH_VAR.mkdir(parents=True, exist_ok=True, mode=0o750)
PULIH_KEYS = PULIH_VAR / "keys"
PULIH_STAGING = Path(env.str("PULIH_STAGING", default=str(PULIH_VAR / "staging")))
PULIH_COMPARISONS = Path(env.str("PULIH_COMPARISONS", default=str(PULIH_VAR / "comparisons")))
# How long what a restore replaced stands aside, so that one button brings it back.
PULIH_UNDO_DAYS = env.int("PULIH_UNDO_DAYS", default=7)
# What a worker made for one person to fetch: where it lies, encrypted, and for how long.
PULIH_DOWNLOADS = Path(env.str("PULIH_DOWNLOADS", default=str(PULIH_VAR / "downloads")))
PULIH_DOWNLOAD_DAYS = env.int("PULIH_DOWNLOAD_DAYS", default=7)
PULIH_CACHE = Path(env.str("PULIH_CACHE", default=str(PULIH_VAR / "cache")))
PULIH_LOCKS = Path(env.str("PULIH_LOCKS", default=str(PULIH_VAR / "locks")))
PULIH_MAX_PARALLEL = env.int("PULIH_MAX_PARALLEL", default=2)  # backups at once on this machine

DEBUG = env.bool("PULIH_DEBUG", default=False)
SECRET_KEY = env.str("PULIH_SECRET_KEY", default="") or kept_secret(PULIH_KEYS / "django.key")
ALLOWED_HOSTS = env.list("PULIH_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("PULIH_ORIGINS", default=[])
PULIH_HTTPS = env.bool("PULIH_HTTPS", default=False)  # True behind nginx with TLS

INSTALLED_APPS = [
    "portal.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_q",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "portal.accounts",
    "portal.audit",
    "portal.sop",
    "portal",
    "backups",
    "tickets",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "portal.context.shell",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "portal.templatetags.pulih",
            ],
        },
    },
]

# The portal's own database: SQLite beside the state, or what DATABASE_URL says.
_default_database = f"sqlite:///{PULIH_VAR / 'pulih.sqlite3'}"
DATABASES = {"default": dj_database_url.parse(env.str("DATABASE_URL", default=_default_database))}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",  # a writer waits at BEGIN instead of failing half-way
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    # Workers fork: no connection of theirs outlives its task. What gunicorn serves keeps its own
    # for a minute (portal/wsgi.py): greeting the server costs as much as a page's whole asking.
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("PULIH_KEEP_CONNECTION", default=0)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
_help_line = env.str("PULIH_HELP_LINE", None)  # as an operator writes it; "" for none
PULIH_HELP_LINE = _("Loket BPTI UHAMKA, pada jam kerja.") if _help_line is None else _help_line
PULIH_CASE_FORM = "tiket-baru"  # the address, by name, where staff open a case about lost data

LOGIN_URL = "/masuk/"
LOGIN_REDIRECT_URL = "beranda"
LOGOUT_REDIRECT_URL = "beranda"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "portal.sign_ins.RecordedAdapter"
ACCOUNT_FORMS = {
    "login": "portal.accounts.forms.SignInForm",
    "reauthenticate": "portal.accounts.forms.PasswordAgainForm",
    "change_password": "portal.accounts.forms.NewPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts come from BPTI or from the university's provider
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300  # seconds for which a proof of who one is stays fresh
ACCOUNT_LOGOUT_REDIRECT_URL = LOGOUT_REDIRECT_URL
# A whole faculty may stand behind one address: what guards an account is the limit by its name.
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",
    "login_failed": "30/m/ip,5/5m/key",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
}

# Staff pages open with a second factor only; the demonstration alone does without.
PULIH_SECOND_FACTOR = env.bool("PULIH_SECOND_FACTOR", default=True)
MFA_ADAPTER = "portal.accounts.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Pulih UHAMKA"
MFA_TOTP_TOLERANCE = 1  # telephones' clocks differ by half a minute
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "authenticate": "portal.accounts.forms.CodeForm",
    "reauthenticate": "portal.accounts.forms.CodeAgainForm",
    "activate_totp": "portal.accounts.forms.NewAppForm",
    "add_webauthn": "portal.accounts.forms.NewKeyForm",
}

# The university's own sign-in by OpenID Connect: four words from the environment.
PULIH_OIDC_URL = env.str("PULIH_OIDC_URL", default="").rstrip("/")  # the issuer
PULIH_OIDC_NAME = env.str("PULIH_OIDC_NAME", default="Akun UHAMKA")
SOCIALACCOUNT_ADAPTER = "portal.accounts.adapters.UniversityAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "EMAIL_AUTHENTICATION": True,  # for addresses that the provider calls verified
        "APPS": [
            {
                "provider_id": "kampus",
                "name": PULIH_OIDC_NAME,
                "client_id": env.str("PULIH_OIDC_CLIENT", default=""),
                "secret": env.str("PULIH_OIDC_SECRET", default=""),
                "settings": {"server_url": PULIH_OIDC_URL},
            }
        ]
        if PULIH_OIDC_URL
        else [],
    }
}
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_STORE_TOKENS = False

LANGUAGE_CODE = "id"
LANGUAGES = [("id", "Bahasa Indonesia"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "portal" / "locale"]
TIME_ZONE = "Asia/Jakarta"  # django-q2 reads cron lines in it: "0 0 * * *" is midnight WIB
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = PULIH_VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "portal" / "static", BASE_DIR / "static_built"]
PULIH_PICTURES = BASE_DIR / "pictures_built"  # of the guides, where `make screenshots` made them
if PULIH_PICTURES.exists():
    STATICFILES_DIRS.append(PULIH_PICTURES)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True  # pages ask for no other, and compressing takes time
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("woff2", "png", "map")  # source maps: for tools only

# Shared by the web and the workers, so that each sees the other (queue-facts, 19).
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(PULIH_CACHE / "django"),
    },
}

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# Three clusters over one table. retry > timeout x (ceil((queue_limit + 1) / workers) + 1), or
# work is delivered twice (queue-facts, 1); portal.checks holds every cluster to it.
Q_CLUSTER = {
    "name": "short",
    "orm": "default",
    "workers": 2,
    "queue_limit": 2,
    "bulk": 1,
    "poll": 1,
    "timeout": 90,
    "retry": 420,
    "max_attempts": 5,
    "ack_failures": False,
    "catch_up": False,
    "recycle": 200,
    "save_limit": 200,
    "save_limit_per": "func",
    "log_level": "INFO",
    "label": "Antrean",
    "ALT_CLUSTERS": {
        "long": {
            "workers": PULIH_MAX_PARALLEL,
            "queue_limit": 1,
            "timeout": 21600,
            "retry": 86400,
            "max_attempts": 1,
            "ack_failures": True,
            "recycle": 1,
            "poll": 2,
        },
        "restore": {
            "workers": 1,
            "queue_limit": 1,
            "timeout": 14400,
            "retry": 57600,
            "max_attempts": 1,
            "ack_failures": True,
            "recycle": 1,
            "poll": 2,
        },
    },
}

# Nothing leaves our host and nothing inline runs.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF, *([origin_of(PULIH_OIDC_URL)] if PULIH_OIDC_URL else [])],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PULIH_HTTPS
SECURE_HSTS_SECONDS = 31536000 if PULIH_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PULIH_HTTPS
if PULIH_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

EMAIL_BACKEND = env.str(
    "PULIH_EMAIL_BACKEND", default="django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = PULIH_VAR / "mail"
PULIH_URL = env.str("PULIH_URL", default="http://localhost:8000")  # what mails link to
PULIH_REPLY_ADDRESS = env.str("PULIH_REPLY_ADDRESS", default="")  # where replies by mail arrive
PULIH_CLAMD = env.str("PULIH_CLAMD", default="")  # the socket of clamd; "": no scanner is set
PULIH_OPERATORS: list[str] = env.list("PULIH_OPERATORS", default=[])  # who hears of alarms
PULIH_LOGO = env.str("PULIH_LOGO", default="")  # the letterhead's picture: SVG, PNG or JPG
PULIH_WITNESSES: list[str] = env.list("PULIH_WITNESSES", default=[])  # who keep the trail's head
DEFAULT_FROM_EMAIL = env.str("PULIH_FROM", default="pulih@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django-q": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},  # it warns of every rule that is for browsers only
        "fontTools": {"level": "WARNING"},
        "pyhanko": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
    },
}
