"""Django's settings. What a deployment chooses comes from its environment; there is no other place."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from doudi.cli import databases, home

HERE = Path(__file__).resolve().parent
HOME = home.present()

SECRET_KEY = databases.secret(HOME)
DEBUG = False
ALLOWED_HOSTS = os.environ.get("DOUDI_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
PROXIES = int(os.environ.get("DOUDI_PROXIES", "") or 0)  # that stand in front and add to X-Forwarded-For

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_filters",
    "django_tables2",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "procrastinate.contrib.django",
    "doudi.trail",
    "doudi.access",
    "doudi.places",
    "doudi.register",
    "doudi.policy",
    "doudi.funds",
    "doudi.delivery",
    "doudi.projects",
    "doudi.monitoring",
    "doudi.outreach",
    "doudi.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "doudi.web.compression.compress",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "doudi.web.language.speak",
    "django.middleware.common.CommonMiddleware",
    "doudi.web.phone.gate.know_tokens",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "doudi.web.middleware.ScopeMiddleware",
]

ROOT_URLCONF = "doudi.urls"
WSGI_APPLICATION = "doudi.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# `default` serves and owns nothing; `owner` migrates. Both are the same database.
DATABASES = databases.both(HOME)
DATABASE_NAME = DATABASES["default"]["NAME"]
# Who knows facts, the lowest first: what an area above knows by its deeds takes the place of what was told.
FACT_SUPPLIERS = [
    "doudi.register.snapshot",
    "doudi.delivery.snapshot",
    "doudi.projects.snapshot",
    "doudi.monitoring.snapshot",
]
# Who knows which facts and sources the county may state (doudi.register.vocabularies).
VOCABULARY = "doudi.policy.versions.vocabulary"
# Lists of areas above policy that leave as tables beside its own (doudi.policy.listing.lists): name, module.
MORE_LISTS = {"untold": "doudi.outreach.listing", "calls": "doudi.outreach.call_listing"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "doudi.access.users.Backend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Five failures of an account from one source close that door for a quarter of an hour. Never by address alone: a whole
# county stands behind one. Who was online when is not kept (field notes: no watching of helpers).
AXES_HANDLER = "doudi.web.doors.Doorkeeper"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "doudi.web.doors.account_of"
AXES_CLIENT_IP_CALLABLE = "doudi.web.doors.source_of"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_SENSITIVE_PARAMETERS = ["username", "next", "csrfmiddlewaretoken"]
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
OTP_TOTP_ISSUER = "doudi"
SILENCED_SYSTEM_CHECKS = ["axes.W002"]  # the door tells the lock itself, in the page's own words
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "doudi.web.errors.stale_form"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = os.environ.get("DOUDI_HTTPS", "") == "1"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],  # blob: a photo before it is made small
        "font-src": ["'self'"],
        "media-src": ["'self'"],  # what the loudspeaker says
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "worker-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "doudi_language"
LOCALE_PATHS = [HERE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("DOUDI_TIME_ZONE", "Asia/Shanghai")

STATIC_URL = "/static/"
STATICFILES_DIRS: list[Path] = []
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
