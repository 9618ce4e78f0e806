"""A device as the page of devices calls it."""

import pytest

from wasteapp.browsers import in_words

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
ANDROID = "Mozilla/5.0 (Linux; Android 10; K)"
KNOWN = {
    f"{WINDOWS} {WEBKIT} Chrome/140.0.0.0 Safari/537.36": "Chrome on Windows",
    f"{WINDOWS} {WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0": "Edge on Windows",
    f"{WINDOWS} {WEBKIT} Chrome/140.0.0.0 Safari/537.36 OPR/120.0.0.0": "Opera on Windows",
    f"{ANDROID} {WEBKIT} Chrome/140.0.0.0 Mobile Safari/537.36": "Chrome on Android",
    f"{ANDROID} {WEBKIT} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36": "Samsung Internet on Android",
    "Mozilla/5.0 (Android 15; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0": "Firefox on Android",
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0": "Firefox on Linux",
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/140.0.0.0 Safari/537.36": "Chrome on ChromeOS",
    f"{PHONE} Version/18.5 Mobile/15E148 Safari/604.1": "Safari on iPhone",
    f"{PHONE} CriOS/140.0.7339.101 Mobile/15E148 Safari/604.1": "Chrome on iPhone",
    f"{PHONE} FxiOS/143.0 Mobile/15E148 Safari/605.1.15": "Firefox on iPhone",
    f"{MAC} Version/18.5 Safari/605.1.15": "Safari on macOS",
}
UNKNOWN = ["", "curl/8.5.0", "Mozilla/5.0 (PlayStation 5) Chrome/100", "<b>Chrome/1 on Windows NT</b>"]


@pytest.mark.parametrize(("said", "words"), KNOWN.items(), ids=KNOWN.values())
def test_a_browser_is_named_by_what_it_is(said, words):
    assert in_words(said) == words


@pytest.mark.parametrize("said", UNKNOWN)
def test_what_is_no_known_browser_stays_as_it_says(said):
    assert in_words(said) == said
