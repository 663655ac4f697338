"""Every setting once, in the order a request meets them. Values come from the environment.

Nothing set: an embedded PostgreSQL and Redis under STATE_DIR, on Unix sockets (see `servers`).
"""

import os
from pathlib import Path

from reco_site import servers
from reco_site.env import (
    env_bool,
    env_choice,
    env_float,
    env_int,
    env_list,
    env_origins,
    env_rates,
    env_share,
    env_str,
    env_url,
)
from reco_site.secret import secret_key

# One thread for every numeric library, before any of them loads: two spinning threads on busy
# cores made one query twelve times dearer, and threads do not survive a fork.
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = Path(env_str("STATE_DIR", str(BASE_DIR / "var"))).resolve()

# --- The door -----------------------------------------------------------------------------
DEBUG = env_bool("DEBUG", default=False)
SECRET_KEY = env_str("SECRET_KEY", "") or secret_key(STATE_DIR)
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS", [], starting_with=("http://", "https://"))
HTTPS = env_bool("HTTPS", default=False)  # behind a TLS proxy: secure cookies and HSTS
BIND = env_str("BIND", "127.0.0.1")
PORT = env_int("PORT", 8000, at_least=1, at_most=65_535)
WEB_WORKERS = env_int("WEB_WORKERS", 2, at_least=1)
TRUSTED_PROXIES = env_int("TRUSTED_PROXIES", 0, at_most=9)  # of ours, that append to X-Forwarded-For
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE, LANGUAGE_COOKIE_AGE = "Lax", 31_536_000
CSRF_FAILURE_VIEW = "recommender.pages.stale.stale"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "reco_site.apps.RecoSiteConfig",
    "catalog.apps.CatalogConfig",
    "recommender.apps.RecommenderConfig",
    "training.apps.TrainingConfig",
    "rest_framework",
    "drf_spectacular",
    "corsheaders",
    "django_htmx",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
]

MIDDLEWARE = [
    "reco_site.middleware.ContentSecurityPolicy",
    "corsheaders.middleware.CorsMiddleware",  # before whatever answers: errors too have to be readable
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # pads at random, so that lengths tell nothing of secrets
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "recommender.wrong_method.WrongMethod",
    "recommender.unavailable.Unavailable",
    "recommender.account_gone.AccountGone",
]

ROOT_URLCONF = "reco_site.urls"
WSGI_APPLICATION = "reco_site.wsgi.application"

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
                "recommender.presenting.context.serving_version",
            ],
        },
    },
]

# Calls a minute of one caller, by what they are about; 0 for no limit.
API_RATES = env_rates(
    "API_RATES",
    {
        "search": 1_200,
        "events": 600,
        "me": 300,
        "catalogue": 60,
        "models": 300,
        "analytics": 120,
        "curation": 300,
        "exports": 60,
        "webhooks": 120,
        "wrong_keys": 30,  # of a network address, whatever they are about
    },
)
# Pages of other sites that may call the API from their visitors' browsers: without cookies, so in no session.
CORS_ALLOWED_ORIGINS = env_origins("CORS_ALLOWED_ORIGINS")
CORS_URLS_REGEX = r"^/api/v1/"
CORS_ALLOW_HEADERS = ["authorization", "content-type", "if-none-match", "x-request-id"]
CORS_EXPOSE_HEADERS = ["ETag", "Retry-After", "X-Model-Version", "X-Request-Id"]
CORS_EXPOSE_HEADERS += ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]
CORS_PREFLIGHT_MAX_AGE = 86_400  # seconds; browsers cut it to two hours
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["recommender.api.parsers.GuardedJSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],  # recommender.api.views.base.ApiView says who may what
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_SCHEMA_CLASS": "recommender.api.schema.Schema",
    "EXCEPTION_HANDLER": "recommender.api.problems.problem_handler",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Marquee",
    "VERSION": "1",
    "DESCRIPTION": "A movie recommender that learns from every search.",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVERS": [{"url": "/", "description": "The site that serves this document."}],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "TitleKind": "recommender.api.shapes_catalogue.TITLE_KINDS",
        "SignalKind": "recommender.api.shapes_me.SIGNAL_KINDS",
        "TitleMatch": "recommender.api.shapes.MATCHES",
        "TaskStatus": "recommender.api.shapes_staff.TASK_STATUSES",
        "VersionStatus": "recommender.api.shapes_staff.VERSION_STATUSES",
        "DeliveryStatus": "recommender.api.shapes_staff.DELIVERY_STATUSES",
        "RunStatus": "training.api.shapes.RUN_STATUSES",
        "RuleMatch": "recommender.api.shapes_staff.RULE_MATCHES",
    },
    "SORT_OPERATIONS": False,
    "DISABLE_ERRORS_AND_WARNINGS": False,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "recommender.api.schema.finish"],
    "PREPROCESSING_HOOKS": ["recommender.api.schema.ours"],
    "SCHEMA_COERCE_PATH_PK_SUFFIX": True,
}

# --- Where things are kept ----------------------------------------------------------------
DATABASE_URL = env_str("DATABASE_URL", "")
REDIS_URL = env_url("REDIS_URL", ("redis", "rediss", "redis+socket"))
POSTGRES_BIN = env_str("POSTGRES_BIN", "")  # another directory of PostgreSQL binaries to embed
REDIS_SERVER = env_str("REDIS_SERVER", "")  # another redis-server binary to embed

DATABASES = {"default": servers.database_settings(DATABASE_URL, STATE_DIR)}
DATABASES["default"] |= {
    "CONN_MAX_AGE": 0,
    "CONN_HEALTH_CHECKS": True,
    "ATOMIC_REQUESTS": False,
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- The answer ---------------------------------------------------------------------------
ENCODER = env_str("ENCODER", "all-MiniLM-L6-v2")  # any Sentence Transformer by name or path
SERVING_LOOK_SECONDS = env_float("SERVING_LOOK_SECONDS", 2.0)  # how often a server looks for news
EXPLORATION_RATE = env_share("EXPLORATION_RATE", 0.5)  # of first pages have two titles that changed places
SUGGEST_MIN_CLIENTS = env_int("SUGGEST_MIN_CLIENTS", 5, at_least=1)  # who asked it, before others are offered it
CATALOG = env_str("CATALOG", "")  # a file to import instead of the default catalogue

# --- Learning -----------------------------------------------------------------------------
LEARN_EVERY_SEARCHES = env_int("LEARN_EVERY_SEARCHES", 25, at_least=1)
LEARN_EVERY_SECONDS = env_float("LEARN_EVERY_SECONDS", 300.0)
LEARNING_RATE = env_float("LEARNING_RATE", 1e-4)
LEARN_AT_MOST_SEARCHES = env_int("LEARN_AT_MOST_SEARCHES", 5_000, at_least=LEARN_EVERY_SEARCHES)  # one run reads
LEARN_DEADLINE_SECONDS = env_float("LEARN_DEADLINE_SECONDS", 600.0)  # one run, checked between steps
KEEP_CHECKPOINTS = env_int("KEEP_CHECKPOINTS", 20, at_least=1)  # newest versions whose bytes are kept
TICK_SECONDS = env_float("TICK_SECONDS", 5.0)
WEBHOOK_ALLOW_PRIVATE = env_bool("WEBHOOK_ALLOW_PRIVATE", default=False)  # let them reach this network's own machines

CELERY_BROKER_URL = REDIS_URL or servers.broker_url(STATE_DIR)

# --- Words, time, static files, logs ------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "recommender" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = STATE_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- Accounts -----------------------------------------------------------------------------
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_REDIRECT_URL = "sign-in", "home", "home"
AUTHENTICATION_BACKENDS = ["recommender.accounts.backend.ByNameOrEmail"]
SESSION_ENGINE = "recommender.accounts.sessions"
PASSWORD_RESET_TIMEOUT = 3_600  # seconds
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Without a mail server letters are written to the log, which keeps no copy of its own.
EMAIL_HOST = env_str("EMAIL_HOST", "")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
EMAIL_PORT = env_int("EMAIL_PORT", 587, at_least=1, at_most=65_535)
EMAIL_HOST_USER = env_str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env_str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = env_str("EMAIL_FROM", "marquee@localhost")

LOG_LEVEL = env_choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    # A stranger's wrong Host header and an oversized form are answered with 400; they need not fill the log with
    # tracebacks.
    "filters": {"without_traceback": {"()": "reco_site.logs.WithoutTraceback"}},
    "loggers": {
        "django.security.DisallowedHost": {"filters": ["without_traceback"]},
        "django.security.RequestDataTooBig": {"filters": ["without_traceback"]},
        "django.security.TooManyFieldsSent": {"filters": ["without_traceback"]},
        "django.security.TooManyFilesSent": {"filters": ["without_traceback"]},
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
}
