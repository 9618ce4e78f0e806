"""Django's settings, the same file everywhere: only the environment differs (see `config.env`)."""

import logging
from datetime import timedelta

from csp.constants import NONE, SELF
from django.templatetags.static import static

from config import addresses, env
from config.logs import logging_of

ENV = env.load()
BASE_DIR = env.PROJECT
DATA_DIR = ENV.data_dir

SECRET_KEY = ENV.secret_key
DEBUG = ENV.debug
ALLOWED_HOSTS = ENV.allowed_hosts
CSRF_TRUSTED_ORIGINS = ENV.trusted_origins
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "wasteapp.apps.SortwiseAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "wasteapp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "knox",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_prometheus",
    "django_structlog",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "wasteapp.web.policy.PolicyMiddleware",
    "wasteapp.web.permissions_policy.PermissionsPolicyMiddleware",
    "wasteapp.web.privacy.PrivacyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "wasteapp.web.tracing.TracingMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "wasteapp.web.limits.BodyLimitMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "wasteapp.web.rates.RateMiddleware",
    "wasteapp.web.acting.ActingMiddleware",
    "wasteapp.web.language.PersonsLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "wasteapp.web.way_back.WayBackMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

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
                "wasteapp.web.context.site",
            ],
        },
    },
]

DATABASES = {"default": addresses.database(ENV.database_url, DATA_DIR)}
CACHES = {"default": addresses.cache(ENV.cache_url)}  # limits are counted here

STATIC_URL = "static/"
WHITENOISE_ALLOW_ALL_ORIGINS = False
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    # Where nginx sends the files it reads them by its group.
    "default": addresses.storage(ENV.storage_url, DATA_DIR, addresses.GROUP if ENV.accel else addresses.OWN),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MODEL_CACHE = DATA_DIR / "cache" / "models"

LANGUAGE_CODE = "en"
# Each in its own words, which are not translated.
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
LANGUAGE_COOKIE_AGE = 31_536_000
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_TZ = True
TIME_ZONE = "UTC"

# People

AUTH_USER_MODEL = "wasteapp.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "wasteapp.web.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*" if ENV.email_url else "email", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "wasteapp.web.signup.ConsentForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if ENV.email_url else "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Sortwise"
# Without a mail server no address can be verified.
MFA_ALLOW_UNVERIFIED_EMAIL = not ENV.email_url
# A class signs up from one address within an hour; nobody needs more tries, or mails, than these.
ACCOUNT_RATE_LIMITS = {
    "signup": "20/m/ip,200/d/ip",
    "reset_password": "20/m/ip,200/d/ip,5/h/key",
    "login_failed": "10/m/ip,200/d/ip,5/300s/key",
}
USERSESSIONS_TRACK_ACTIVITY = False  # a write for every page
DEFAULT_FROM_EMAIL = ENV.email_from
globals().update(addresses.mail(ENV.email_url))

# Security

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = ENV.tls
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# So that no other host of the domain can set them; browsers take such names by TLS alone.
HOST = "__Host-" if ENV.tls else ""
SESSION_COOKIE_NAME = f"{HOST}sessionid"
CSRF_COOKIE_NAME = f"{HOST}csrftoken"
LANGUAGE_COOKIE_NAME = f"{HOST}django_language"
PROXIES = ENV.proxies
SECURE_SSL_REDIRECT = ENV.tls and PROXIES > 0  # without a proxy nothing listens to plain HTTP
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^health/$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if ENV.tls and not ENV.embedded else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# No cookie: links that are shown once stand in messages.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
RATES = {
    "request": {"person": ENV.request_rate, "visitor": ENV.request_rate},
    "upload": {"person": ENV.upload_rate, "address": ENV.address_upload_rate},
    "job": {"person": ENV.job_rate},
    "token": {"address": "20/hour"},
    "password": {"person": "20/hour"},
}
# Who sends stored bytes once a view let the person in: nginx from the disk, or S3; else Sortwise itself.
ACCEL = "" if ENV.storage_url else ENV.accel
SIGNED_SECONDS = ENV.signed_seconds if ENV.storage_url else 0
SIGNED_ORIGINS = addresses.storage_origins(ENV.storage_url) if SIGNED_SECONDS else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *SIGNED_ORIGINS],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Uploads: bodies are bounded by BodyLimitMiddleware, files are checked by services.intake.

# Beside the media, so that a whole upload is moved, not copied; `prepare` makes the folder.
FILE_UPLOAD_TEMP_DIR = DATA_DIR / "tmp"
# `prepare` makes the folder above; what other hosts of the domain do is for whoever runs them to say.
SILENCED_SYSTEM_CHECKS = ["files.E001", "security.W005", "security.W021"]
FILE_UPLOAD_HANDLERS = ["wasteapp.web.limits.LimitedUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100
DATA_UPLOAD_MAX_NUMBER_FILES = 10

# The API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "wasteapp.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": [
        "wasteapp.api.parsers.JSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_VERSIONING_CLASS": None,
    "DEFAULT_THROTTLE_CLASSES": ["wasteapp.api.throttles.RouteThrottle"],
    "EXCEPTION_HANDLER": "wasteapp.api.problems.handle",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
KNOX_TOKEN_MODEL = "wasteapp.ApiToken"  # noqa: S105
MIGRATION_MODULES = {"knox": None}  # its own table would stand empty beside ours, and refer to people
REST_KNOX = {"TOKEN_TTL": timedelta(days=ENV.token_days), "TOKEN_LIMIT_PER_USER": None, "AUTO_REFRESH": False}
SPECTACULAR_SETTINGS = {
    "TITLE": "Sortwise API",
    "DESCRIPTION": "Which bin a thing goes in, and how it learns from being corrected.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "wasteapp.api.schema.problems_added",
    ],
    "ENUM_NAME_OVERRIDES": {
        "AnnotationKindEnum": "wasteapp.models.annotation.Kind",
        "JobKindEnum": "wasteapp.models.job.JobKind",
        "PredictionStateEnum": "wasteapp.models.prediction.State",
        "JobStateEnum": "wasteapp.models.job.JobState",
        "ModelStateEnum": "wasteapp.models.model_version.ModelState",
        "SplitEnum": "wasteapp.models.item.Split",
    },
}

# The admin

GREENS = ("240 250 244", "219 243 228", "184 229 203", "138 207 169", "88 177 130", "54 150 103", "37 120 81",
          "30 96 66", "27 77 54", "18 58 41", "10 34 24")  # fmt: skip
UNFOLD = {
    "SITE_TITLE": "Sortwise",
    "SITE_HEADER": "Sortwise",
    "SITE_SYMBOL": "recycling",
    "SITE_URL": "/",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _: static("wasteapp/favicon.svg")}
    ],
    "COLORS": {
        "primary": dict(zip(("50", *[str(n) for n in range(100, 1000, 100)], "950"), GREENS, strict=True))
    },
}

# Work: what `services` read. Times are seconds.

LEASE = timedelta(seconds=ENV.lease_seconds)
SWEEP_SECONDS = ENV.sweep_seconds
TRIAL_SECONDS = ENV.trial_seconds
RESEND_AFTER = timedelta(seconds=ENV.resend_seconds)
MAX_ATTEMPTS = 3
SWEEP_LIMIT = 500
BROKER_URL = ENV.broker_url
BREAKER_SECONDS = ENV.breaker_seconds
WAIT_SECONDS, WAIT_PLACES = ENV.wait_seconds, ENV.wait_places
MAX_UPLOAD_BYTES, MAX_IMAGE_PIXELS = ENV.max_upload_bytes, ENV.max_image_pixels
KEPT_SIDE, THUMBNAIL_SIDE = ENV.kept_side, 320
QUOTA_ITEMS, QUOTA_WAITING_BYTES = ENV.quota_items, ENV.quota_waiting_bytes
MODEL_DIR = ENV.model_dir
BASE_DATA, BACKBONES = ENV.base_data, ENV.backbones
EMBEDDED = ENV.embedded
TRAINING_DIR = DATA_DIR / "training"  # photographs and checkpoints of the trainings that run here
IMPORT_DIR, MAX_IMPORT_BYTES = ENV.import_dir, ENV.max_import_bytes
HOLDOUT, HOLDOUT_LEAST, HOLDOUT_LEAST_LABEL = ENV.holdout, ENV.holdout_least, ENV.holdout_least_label
GATE_RECALL, GATE_ECE, GATE_SLOWER = ENV.gate_recall, ENV.gate_ece, ENV.gate_slower
MAIL_ENABLED = bool(ENV.email_url)
METRICS_TOKEN = ENV.metrics_token

PROMETHEUS_METRICS_EXPORT_PORT = None
LOGGING_CONFIG = "config.logs.configure"
LOGGING = logging_of(ENV.log_level, ENV.log_format)
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True  # where it is one: see wasteapp.web.tracing
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_CELERY_ENABLED = True
# An event is told when it is over; what services have to say of their work they say themselves.
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = logging.INFO
DJANGO_STRUCTLOG_CELERY_DEFAULT_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_CELERY_TASK_RETRY_LOG_LEVEL = logging.INFO
