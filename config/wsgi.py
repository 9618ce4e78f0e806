"""The web process: `granian --interface wsgi config.wsgi:application`."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

# What is loaded stays: a full collection that looked through it again would hold a request up.
_ = get_resolver().url_patterns
gc.collect()
gc.freeze()
