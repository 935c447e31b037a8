"""All settings, read strictly from the environment (README.md, "Settings").

Without DATABASE_URL or REDIS_URL the embedded services of FEEDBACK_DATA_DIR are used ("embedded mode").
"""

import sys
from pathlib import Path

import dj_database_url
import environ
from csp.constants import NONE, SELF
from kombu import Queue

from apps.core.embedded import paths as embedded_paths

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.smart_cast = False

# --- mode ---------------------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
IS_TESTING = "pytest" in sys.modules
DATA_DIR = Path(
    env.str("FEEDBACK_DATA_DIR", default=str(BASE_DIR / (".test-data" if IS_TESTING else ".data")))
).resolve()
EMBEDDED = embedded_paths(DATA_DIR)
DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="") or EMBEDDED.redis_url
IS_EMBEDDED = not DATABASE_URL
SECRET_KEY = env.str("SECRET_KEY", default="") or (EMBEDDED.secret_key() if IS_EMBEDDED else "")
if not SECRET_KEY:
    raise environ.ImproperlyConfigured("Set SECRET_KEY: it has no default beside DATABASE_URL.")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if IS_EMBEDDED else [])
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000").rstrip("/")
IS_HTTPS = PUBLIC_URL.startswith("https://")
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])  # addresses or networks whose X-Forwarded-For counts

# --- applications -------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "apps.dashboard",
    "apps.integrations",
    "apps.workbench",
    "apps.panels",
    "apps.priorities",
    "apps.tagging",
    "apps.dialogue",
    "apps.insight",
    "apps.feedback",
    "apps.customers",
    "apps.catalog",
    "apps.accounts",
    "apps.core",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "pgtrigger",
    "pghistory",
    "django_htmx",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # pads answers at random, against guessing secrets by their length
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "apps.core.health.HealthMiddleware",
    "apps.core.http.DatabaseDownMiddleware",
    "apps.core.http.BadTextMiddleware",
    "apps.core.http.BodySizeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "apps.core.languages.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.core.acting.AuditMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.accounts.middleware.PreferencesMiddleware",
    "apps.accounts.middleware.SessionActivityMiddleware",
    "apps.accounts.middleware.SecondFactorMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
FORM_RENDERER = "apps.core.form_rendering.FormRenderer"
ROOT_URLCONF = "feedback_platform.urls"
WSGI_APPLICATION = "feedback_platform.wsgi.application"
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
                "apps.accounts.context.navigation",
            ],
        },
    },
]

# --- database, cache, broker --------------------------------------------------------------------------------------
# Migrations may build an index for minutes; they wait for a lock no longer than others.
STATEMENT_TIMEOUT = "0" if "migrate" in sys.argv[1:2] else "30s"
_database = dj_database_url.parse(DATABASE_URL or EMBEDDED.database_url, engine="apps.core.postgresql")
DATABASES = {
    "default": {
        **_database,
        "CONN_MAX_AGE": 600,  # seconds
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **_database.get("OPTIONS", {}),
            "connect_timeout": 5,  # seconds
            "application_name": "feedback-platform",
            "options": f"-c statement_timeout={STATEMENT_TIMEOUT} -c lock_timeout=10s"
            " -c idle_in_transaction_session_timeout=60s",
        },
    }
}
DATABASE_DIRECT_URL = env.str("DATABASE_DIRECT_URL", default="") or DATABASE_URL or EMBEDDED.database_url
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "core_cache",  # made by accounts.0002: sign-in limits live there
        "OPTIONS": {"MAX_ENTRIES": 50_000},  # the default of 300 would let limits be flushed by asking often
    },
    "results": {  # of forms: a table of its own, so that they flush no limits
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "feedback_results_cache",  # made by feedback.0022
        "OPTIONS": {"MAX_ENTRIES": 5_000},
    },
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

CELERY = {
    "broker_url": REDIS_URL,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_transport_options": {
        "visibility_timeout": 300,  # seconds
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 2,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
    },
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "task_ignore_result": True,
    "task_time_limit": 120,  # seconds
    "task_soft_time_limit": 100,
    "task_serializer": "json",
    "accept_content": ["json"],
    "worker_prefetch_multiplier": 1,
    "worker_cancel_long_running_tasks_on_connection_loss": True,
    "worker_max_tasks_per_child": 5000,
    "worker_soft_shutdown_timeout": 10,  # seconds
    "worker_hijack_root_logger": False,
    "worker_consumer": "apps.core.consumer:Consumer",  # unreadable hints do not end the worker
    "task_default_queue": "core",
    "task_queues": [
        Queue(name) for name in ("core", "feedback", "insight", "tagging", "priorities", "dialogue", "integrations")
    ],  # by kind of work
    "timezone": "UTC",
    "beat_schedule": {
        # What waits although the dispatcher is away.
        "sweep": {"task": "core.sweep", "schedule": 15.0, "options": {"expires": 14}},
        # Daily jobs (core.jobs): asked for every minute, each done once a day.
        "daily-jobs": {"task": "core.jobs", "schedule": 60.0, "options": {"expires": 55}},
    },
}

# --- sign-in ------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "apps.accounts.forms.MaximumLengthValidator"},
]
ACCOUNT_ADAPTER = "apps.accounts.adapter.StaffAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # staff accounts are made by administrators, addresses come with them
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {
    "login": "apps.accounts.forms.StaffLoginForm",
    "reset_password": "apps.accounts.forms.StaffResetPasswordForm",
    "reset_password_from_key": "apps.accounts.forms.StaffResetPasswordKeyForm",
    "change_password": "apps.accounts.forms.StaffChangePasswordForm",
    "reauthenticate": "apps.accounts.forms.StaffReauthenticatePasswordForm",
}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a changed password is told to its owner
ACCOUNT_RATE_LIMITS = {  # an office of 200 behind one address signs in at nine; "key" is address and account
    "login_failed": "60/m/ip,8/10m/key",
    "login": "600/m/ip",
    "reset_password": "60/m/ip,5/10m/key",
    "reset_password_from_key": "60/m/ip",
}
MFA_ADAPTER = "apps.accounts.second_factors.StaffMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "apps.accounts.second_factors.StaffAuthenticateForm",
    "reauthenticate": "apps.accounts.second_factors.StaffReauthenticateForm",
    "activate_totp": "apps.accounts.second_factors.StaffActivateTOTPForm",
    "add_webauthn": "apps.accounts.second_factors.StaffAddPasskeyForm",
    "edit_webauthn": "apps.accounts.second_factors.StaffRenamePasskeyForm",
}
MFA_TOTP_ISSUER = "Feedback Platform"
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds that a telephone's clock may be off
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_RECOVERY_CODE_COUNT = 10
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses come from administrators
MFA_RATE_LIMITS = {"webauthn_login": "600/m/ip"}  # nothing to guess there; wrong codes count as login_failed
REQUIRE_SECOND_FACTOR = env.str("REQUIRE_SECOND_FACTOR", default="")
if REQUIRE_SECOND_FACTOR not in {"", "administrators", "everyone"}:
    raise environ.ImproperlyConfigured("REQUIRE_SECOND_FACTOR: administrators, everyone, or nothing.")
OIDC_ISSUER = env.str("OIDC_ISSUER", default="").rstrip("/")  # one OpenID Connect provider, or none
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="")
OIDC_TOKEN_AUTH_METHOD = env.str("OIDC_TOKEN_AUTH_METHOD", default="")  # client_secret_basic, client_secret_post
OIDC_NAME = env.str("OIDC_NAME", default="Single sign-on")
OIDC_SCOPES = env.str("OIDC_SCOPES", default="openid profile email")
OIDC_ALLOWED_DOMAINS = [domain.strip().lower() for domain in env.list("OIDC_ALLOWED_DOMAINS", default=[])]
OIDC_TRUST_EMAIL = env.bool("OIDC_TRUST_EMAIL", default=False)
OIDC_CREATE_PEOPLE = env.bool("OIDC_CREATE_PEOPLE", default=False)
OIDC_DEFAULT_ROLE = env.str("OIDC_DEFAULT_ROLE", default="")
OIDC_GROUPS_CLAIM = env.str("OIDC_GROUPS_CLAIM", default="groups")
OIDC_GROUP_ROLES = env.list("OIDC_GROUP_ROLES", default=[])  # group=role@team, group=role@*
SOCIALACCOUNT_ADAPTER = "apps.accounts.single_sign_on_provider.StaffSocialAccountAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5  # seconds
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard:home"

# --- language, time -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
# Customers' pages, forms and mails speak all of these, the pages of staff the first ones.
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español"), ("ar", "العربية")]
STAFF_LANGUAGES = LANGUAGES[:2]
LANGUAGE_COOKIE_NAME = "language"  # of the sign-in page: what the last person here chose
LANGUAGE_COOKIE_SECURE = IS_HTTPS
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 31_536_000  # seconds
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["feedback_platform.formats"]
TIME_ZONE = env.str("TIME_ZONE", default="UTC")  # the installation's: what "day" means in every count
USE_I18N = True
USE_TZ = True

# --- files --------------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env.str("MEDIA_DIR", default=str(DATA_DIR / "media"))).resolve()  # shared by web and workers
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or IS_TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG or IS_TESTING  # no collectstatic there
WHITENOISE_MAX_AGE = 31_536_000 if not DEBUG else 0  # seconds; only hashed names are marked immutable

# --- security -----------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "microphone", "geolocation", "payment", "usb", "display-capture")
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = IS_HTTPS and env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_HSTS_PRELOAD = IS_HTTPS
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrf"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "apps.core.error_pages.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000  # bytes
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000  # a form may ask for 1,500 (questionnaire.checking)
IMPORT_UPLOAD_BYTES = env.int("IMPORT_UPLOAD_MB", default=500) * 1_000_000  # of one file on the import page
IMPORT_KEPT_BYTES = env.int("IMPORT_KEPT_MB", default=20_000) * 1_000_000  # of all files of imports that are kept
# Files with feedback: of one, of one feedback, of one form a day, of all.
ATTACHMENT_BYTES = env.int("ATTACHMENT_MB", default=10) * 1_000_000
ATTACHMENT_BODY_BYTES = 3 * ATTACHMENT_BYTES
ATTACHMENTS_A_DAY = env.int("ATTACHMENTS_A_DAY", default=1_000)
ATTACHMENT_BYTES_A_DAY = env.int("ATTACHMENT_MB_A_DAY", default=1_000) * 1_000_000
ATTACHMENT_BYTES_IN_ALL = env.int("ATTACHMENT_MB_IN_ALL", default=50_000) * 1_000_000
UPLOAD_BODY_BYTES = {  # every other body: 1 MB (core.http)
    "/accounts/profile/picture/": 6_000_000,
    "/api/v1/feedback/bulk/": 5_000_000,
    "/imports/new/": IMPORT_UPLOAD_BYTES + 1_000_000,
    "/customers/import/": 6_000_000,
}

UPLOAD_BODY_BYTES_UNDER = {"/mail-in/": 45_000_000}  # a mail of 30 MB as mail services wrap it, by the address's start

# --- mail ---------------------------------------------------------------------------------------------------------
EMAIL_URL = env.str("EMAIL_URL", default="")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="feedback@localhost")
EMAIL_BACKEND = "apps.dialogue.mail_backend.MailQueueBackend"  # every mail is a row first
EMAIL_DELIVERY_BACKEND = ""
if EMAIL_URL:
    _delivery = environ.Env.email_url_config(EMAIL_URL)
    EMAIL_DELIVERY_BACKEND = _delivery.pop("EMAIL_BACKEND")
    globals().update(_delivery)
EMAIL_TIMEOUT = 10  # seconds

# Mail in: originals kept in all, posts per address, and servers of an inner network that mailboxes may be on.
MAIL_IN_KEPT_BYTES = env.int("MAIL_IN_KEPT_MB", default=10_000) * 1_000_000
MAIL_IN_LIMIT = env.str("MAIL_IN_LIMIT", default="600/m")
MAIL_IN_INNER_HOSTS = env.list("MAIL_IN_INNER_HOSTS", default=[])  # host or host:port
HOOK_LIMIT = env.str("HOOK_LIMIT", default="600/m")  # posts per webhook in

# --- API ----------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.accounts.authentication.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["apps.accounts.authentication.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.core.json_body.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.core.problems.api_exception_handler",
    "URL_FORMAT_OVERRIDE": None,  # ?format= is a parameter nobody knows, like any other
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Feedback Platform",
    "VERSION": "1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "apps.core.api_schema.complete",
        "feedback_platform.api_samples.add",
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- first start (apps/core/supervisor/demo.py) --------------------------------------------------------------------
FIRST_ADMINISTRATOR_LINK = "apps.accounts.setup.first_administrator_link"
DEMO_COMMAND = "load_demo"
DEMO_SIGN_INS = "apps.dashboard.demo.loading.sign_ins"  # returns one line per demo account

# --- limits (apps/core/limits.py) ---------------------------------------------------------------------------------
FORM_LIMIT = env.str("FORM_LIMIT", default="3000/m")  # submissions per client address and form
# A form sent back faster is held for review. Off by default: browsers and aids that fill in for a person are fast too.
FORM_MIN_SECONDS = env.float("FORM_MIN_SECONDS", default=0.0)
# What comes above these is held for review, never refused: of one form, of all forms, of the same words.
FORM_TOTAL_LIMIT = env.str("FORM_TOTAL_LIMIT", default="30000/m")
FORMS_TOTAL_LIMIT = env.str("FORMS_TOTAL_LIMIT", default="60000/m")
FORM_REPEAT_LIMIT = env.str("FORM_REPEAT_LIMIT", default="20/h")
# Zeros that a browser has to find before it sends (16 take it a moment); 0: none. Without JavaScript: held for review.
FORM_WORK_BITS = env.int("FORM_WORK_BITS", default=0)
if not 0 <= FORM_WORK_BITS <= 24:
    raise environ.ImproperlyConfigured("FORM_WORK_BITS: 0 (none) to 24 (a minute of a slow telephone).")
API_LIMIT = env.str("API_LIMIT", default="30000/m")  # calls per API key
CONTACT_REST_DAYS = env.int("CONTACT_REST_DAYS", default=30)  # in which nobody is asked again without a reason
# Requests of phones in workshops per client address: a room of 300 phones behind one address asks 9,000 times a minute.
WORKSHOP_LIMIT = env.str("WORKSHOP_LIMIT", default="30000/m")
SESSION_PAGE_LIMIT = env.str("SESSION_PAGE_LIMIT", default="600/m")  # requests per client address, of invited customers
SESSION_REMINDER_HOURS = sorted(env.list("SESSION_REMINDER_HOURS", cast=int, default=[72, 24]))  # before it starts
if any(not 1 <= hours <= 720 for hours in SESSION_REMINDER_HOURS):
    raise environ.ImproperlyConfigured("SESSION_REMINDER_HOURS: whole hours from 1 to 720, such as 72,24; or nothing.")
WIDGET_COOLDOWN_DAYS = env.int("WIDGET_COOLDOWN_DAYS", default=30)  # between two times that a site asks by itself

# --- logging ------------------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "celery": {"level": "WARNING"},
    },
}
