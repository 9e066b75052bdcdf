"""Django settings; every value comes from the environment variables that `configuration.py` lists."""

from pathlib import Path

import environ

from annotator.assets import assets_version
from annotator.configuration import VARIABLES, kept_secret_key, private_redis_socket

env = environ.Env()
_default = {variable.name: variable.default for variable in VARIABLES}

BASE_DIR = Path(__file__).resolve().parent.parent
DATA = Path(env("DATA", default=_default["DATA"])).expanduser().resolve()
DATA.mkdir(parents=True, exist_ok=True)

HOST = env("HOST", default=_default["HOST"])
PORT = env.int("PORT", default=int(_default["PORT"]))
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="") or kept_secret_key(DATA)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=_default["ALLOWED_HOSTS"].split(","))
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

SECURE = env.bool("SECURE", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "annotator",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
]
MIDDLEWARE = [
    "annotator.api.middleware.ProblemAnswersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "annotator.middleware.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "annotator.languages.UserLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "ninja.compatibility.files.fix_request_files_middleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "annotator.urls"
WSGI_APPLICATION = "annotator.wsgi.application"
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
                "annotator.languages.translations",
            ]
        },
    }
]

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA / 'maskloop.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE takes the write lock at the start of a transaction, so it waits for it (30 s) instead of failing late.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 30,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "annotator.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "projects"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "annotator" / "locale"]
FORMAT_MODULE_PATH = "annotator.locale"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = f"/static/{assets_version()}/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 0 if DEBUG else 365 * 24 * 3600


def WHITENOISE_IMMUTABLE_FILE_TEST(path: str, url: str) -> bool:
    """Every file is kept for ever, since its address holds the version; while files are edited, none."""
    return not DEBUG


S3_BUCKET = env("S3_BUCKET", default="")
_blobs: dict[str, object] = (
    {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": S3_BUCKET, "endpoint_url": env("S3_ENDPOINT_URL", default="") or None},
    }
    if S3_BUCKET
    else {"BACKEND": "annotator.storage.AtomicFileSystemStorage", "OPTIONS": {"location": DATA / "files"}}
)
STORAGES = {
    "default": _blobs,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DATA_UPLOAD_MAX_NUMBER_FILES = 5_000
# Of a request without its files: a table of 65,535 segments, or the ids of a million images.
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 << 20
MAX_UPLOAD_BYTES = env.int("MAX_UPLOAD_BYTES", default=int(_default["MAX_UPLOAD_BYTES"]))
MAX_IMAGE_PIXELS = env.int("MAX_IMAGE_PIXELS", default=int(_default["MAX_IMAGE_PIXELS"]))
PYRAMID_PIXELS = env.int("PYRAMID_PIXELS", default=int(_default["PYRAMID_PIXELS"]))
MAX_ARCHIVE_FILES = env.int("MAX_ARCHIVE_FILES", default=int(_default["MAX_ARCHIVE_FILES"]))
MAX_ARCHIVE_BYTES = env.int("MAX_ARCHIVE_BYTES", default=int(_default["MAX_ARCHIVE_BYTES"]))
WEIGHTS = Path(env("WEIGHTS", default=str(DATA / "weights")))
CLICK_WEIGHTS = Path(env("CLICK_WEIGHTS", default=str(WEIGHTS / "mobile_sam.pt")))
TORCH_THREADS = env.int("TORCH_THREADS", default=0)
CLAIM_MINUTES = env.int("CLAIM_MINUTES", default=int(_default["CLAIM_MINUTES"]))
WEB_THREADS = env.int("WEB_THREADS", default=int(_default["WEB_THREADS"]))
THUMBNAIL_SIDE_PX = 320

REDIS_URL = env("REDIS_URL", default="")
CELERY_BROKER_URL = REDIS_URL or f"redis+socket://{private_redis_socket(DATA)}"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A click does not wait for a broker that is away: the job stays queued in its row, and the sweep sends it.
CELERY_BROKER_TRANSPORT_OPTIONS = {"connect_retries_timeout": 0.5, "interval_start": 0.1, "interval_step": 0.1}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA / "celerybeat-schedule")

LOG_LEVEL = env("LOG_LEVEL", default=_default["LOG_LEVEL"])
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {"axes": {"level": "WARNING"}},
}
