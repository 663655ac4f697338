"""Every setting once, in the order a request meets them. Values come from the environment.

Nothing set: an embedded PostgreSQL and Redis under STATE_DIR, on Unix sockets (see `servers`).
"""

import os
from pathlib import Path

from reco_site import servers
from reco_site.env import env_bool, env_choice, env_float, env_int, env_list, env_share, env_str, env_url
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
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_HTTPONLY = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "reco_site.apps.RecoSiteConfig",
    "catalog.apps.CatalogConfig",
    "recommender.apps.RecommenderConfig",
    "training.apps.TrainingConfig",
    "rest_framework",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
]

MIDDLEWARE = [
    "reco_site.middleware.ContentSecurityPolicy",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "recommender.unavailable.Unavailable",
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
                "recommender.context.serving_version",
            ],
        },
    },
]

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["recommender.api.parsers.GuardedJSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "EXCEPTION_HANDLER": "recommender.api.problems.problem_handler",
    "UNAUTHENTICATED_USER": None,
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

CELERY_BROKER_URL = REDIS_URL or servers.broker_url(STATE_DIR)

# --- Words, time, static files, logs ------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = STATE_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LOG_LEVEL = env_choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    # A stranger's wrong Host header is answered with 400; it need not fill the log with tracebacks.
    "loggers": {"django.security.DisallowedHost": {"handlers": [], "propagate": False}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
}
