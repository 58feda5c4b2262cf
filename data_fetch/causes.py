"""Why a host could not be asked: no network, or a mistake in the set-up, which nobody should take for one."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
from urllib3.exceptions import MaxRetryError

from .errors import DataError, NoNetwork, WrongSetup

NO_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    urllib3.exceptions.LocationParseError,
    UnicodeError,
)


def of_contact(error: BaseException, url: str, host: str) -> DataError | None:
    """What an error of the first contact means, as an error of ours; None where the host was reached.

    :param url: what was asked for.
    :param host: its host, for the message.
    """
    reason = reason_of(error)
    through = isinstance(error, requests.exceptions.ProxyError | requests.exceptions.InvalidProxyURL)
    if through or (isinstance(error, NO_ADDRESS) and is_address(url)):
        return WrongSetup(
            f"{host} cannot be reached through the proxy ({reason}): HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say "
            "which hosts are asked through which"
        )
    if isinstance(error, requests.exceptions.SSLError):
        return WrongSetup(
            f"{host} is reached, and there is no secure connection with it ({reason}): is this computer's clock right, "
            "and does a proxy bring certificates of its own? REQUESTS_CA_BUNDLE names a file of those that are trusted"
        )
    if isinstance(error, NO_ADDRESS):
        return WrongSetup(f"{url!r} is no address that can be asked ({reason}): the registry's card is wrong")
    if isinstance(error, OSError) and not isinstance(error, requests.exceptions.RequestException):
        return WrongSetup(
            f"{host} is not asked ({reason}): look at REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE, which name the certificates"
        )
    if isinstance(error, requests.exceptions.ConnectTimeout) or never_connected(error):
        return NoNetwork(no_network(host, reason))
    return None


def is_address(url: str) -> bool:
    """Whether a URL is well formed; if so, an address that is not is that of a proxy."""
    try:
        requests.Request("GET", url).prepare()
        (urlsplit(url).hostname or "").encode("idna")
    except (requests.exceptions.RequestException, *NO_ADDRESS):
        return False
    return url.startswith(("http://", "https://"))


def no_network(host: str, reason: str) -> str:
    """The one message for every way of being offline."""
    return f"{host} cannot be reached ({reason}): no network? A folder that has the data can be named in $MDDL_DATA"


def never_connected(error: BaseException) -> bool:
    """Whether no connection came about (no name, no route, refused): nothing was asked yet."""
    wrapped = error.args[0] if error.args else None
    return isinstance(error, requests.exceptions.ConnectionError) and isinstance(wrapped, MaxRetryError)


def reason_of(error: BaseException) -> str:
    """The innermost cause of a requests error in a few words, without urllib3's object addresses."""
    for _ in range(20):
        inner = error.__cause__ or error.__context__ or next((a for a in error.args if isinstance(a, Exception)), None)
        inner = getattr(error, "reason", None) if isinstance(getattr(error, "reason", None), Exception) else inner
        if inner is None:
            break
        error = inner
    text = getattr(error, "strerror", None) or re.sub(r"^.*object at 0x[0-9a-f]+>[:,]? *", "", str(error))
    return f"{type(error).__name__}: {text}".replace("\n", " ")[:160]
