"""How often people and addresses may ask: counted in the cache, in windows that begin anew by the clock.

`settings.RATES` has the rates of each scope, `SCOPES` the scope of each address that has one. What is asked for too
often is refused with the seconds until it may be asked again.
"""

import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from wasteapp.services.errors import TooOften
from wasteapp.web.errors import is_api
from wasteapp.web.limits import refusal

ALL = "request"
UPLOAD, JOB, TOKEN, PASSWORD = "upload", "job", "token", "password"
#: What is posted to these addresses is counted in a scope of its own, pages and API together.
SCOPES = {
    "item-create": UPLOAD,
    "api:item-list": UPLOAD,
    "api:token": TOKEN,
    "account-close": PASSWORD,
    "own-data-copy": JOB,
    "dataset-new": JOB,
    "dataset-export": JOB,
    "dataset-retry": JOB,
    "import-list": JOB,
    "model-upload": JOB,
    "model-compare": JOB,
    "reprediction-new": JOB,
    "training-new": JOB,
    "api:dataset-list": JOB,
    "api:dataset-exports": JOB,
    "api:import-list": JOB,
    "api:model-list": JOB,
    "api:comparison-list": JOB,
    "api:reprediction-list": JOB,
    "api:training-list": JOB,
}
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
NOWHERE = "0.0.0.0"  # noqa: S104 (who came by no address, such as a socket)
NETWORK = 64  # bits of an IPv6 address that one household has for itself


class Rate(NamedTuple):
    """So many in so many seconds."""

    number: int
    seconds: int

    @classmethod
    def of(cls, text: str) -> "Rate":
        """From `NUMBER/UNIT`, as the settings say it."""
        number, unit = text.split("/")
        return cls(int(number), UNITS[unit])


class RateMiddleware:
    """Refuses who asks too often, before a body is read: anything at all, and what pages take in a scope of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            rate_check(request, ALL)
            if request.method == "POST" and not is_api(request):  # a token's owner is known to the API alone
                rate_check(request, _scope(request))
        except TooOften as error:
            return refusal(request, error)
        return self.get_response(request)


def rate_check(request: HttpRequest, scope: str) -> None:
    """Count a request; raises `TooOften` where whoever sent it had their share."""
    for whose, rate in settings.RATES.get(scope, {}).items():
        if who := _who(request, whose):
            _count(f"{scope}:{whose}:{who}", Rate.of(rate))


def too_often(request: HttpRequest) -> HttpResponse:
    """What allauth's own limits answer; they do not tell how long, and most of them count minutes."""
    return refusal(request, _too_much(UNITS["minute"]))


def address_of(request: HttpRequest) -> str:
    """Where a request comes from: what the outermost proxy that is trusted saw, else whoever connected."""
    told = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.PROXIES else ""
    hops = [*filter(None, (hop.strip() for hop in told.split(","))), request.META.get("REMOTE_ADDR", "")]
    return _plain(hops[max(len(hops) - 1 - settings.PROXIES, 0)])


def _scope(request: HttpRequest) -> str:
    try:
        return SCOPES.get(resolve(request.path_info).view_name, "")
    except Resolver404:
        return ""


def _who(request: HttpRequest, whose: str) -> str:
    """Who is counted: a person who is signed in, a visitor by address, or an address whoever comes from it."""
    person = request.user.pk if request.user.is_authenticated else None
    if whose == "person":
        return str(person or "")
    return "" if whose == "visitor" and person else _network(address_of(request))


def _count(key: str, rate: Rate) -> None:
    window, into = divmod(time.time(), rate.seconds)
    name = f"rate:{key}:{rate.seconds}:{int(window)}"
    number = 1 if cache.add(name, 1, rate.seconds) else _increased(name)
    if number > rate.number:
        raise _too_much(rate.seconds - int(into))


def _too_much(wait: int) -> TooOften:
    return TooOften(_("That was too much at once. Try again in a while."), wait=wait)


def _increased(name: str) -> int:
    try:
        return cache.incr(name)
    except ValueError:  # it ended meanwhile
        return 1


def _plain(text: str) -> str:
    """An address without brackets, port and the name of a network card."""
    text = text.partition("%")[0]
    for part in (text, text.rpartition(":")[0].strip("[]")):
        try:
            found = ip_address(part)
        except ValueError:
            continue
        return str((isinstance(found, IPv6Address) and found.ipv4_mapped) or found)
    return NOWHERE


def _network(address: str) -> str:
    return str(ip_network((address, NETWORK), strict=False).network_address) if ":" in address else address
