"""Browser and system of a device in words, of the families that people use; everything else stays as it says.

Later browsers name earlier ones beside themselves, so that the order of the tables is what tells them apart.
https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/User-Agent
"""

import re

from django.utils.translation import gettext as _

BROWSERS = (
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"(OPR|OPiOS|OPT)/"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Vivaldi", r"Vivaldi/"),
    ("Firefox", r"(Firefox|FxiOS)/"),
    ("Chromium", r"Chromium/"),
    ("Chrome", r"(Headless)?(Chrome|CriOS)/"),
    ("Safari", r"Version/[\d.]+ (Mobile/\w+ )?Safari/"),
)
SYSTEMS = (
    ("Windows", r"Windows NT"),
    ("Android", r"Android"),
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("macOS", r"Macintosh"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux"),
)


def in_words(user_agent: str) -> str:
    """“Firefox on Linux”; what is not known to be a browser on a system, as it came."""
    browser, system = _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)
    if not (browser and system and user_agent.startswith("Mozilla/5.0 ")):
        return user_agent
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}


def _first(known: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for name, sign in known if re.search(sign, user_agent)), "")
