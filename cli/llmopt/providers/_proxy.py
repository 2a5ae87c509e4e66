"""The proxy between here and a model, as far as messages speak of it."""

from __future__ import annotations

import os
from urllib.parse import urlsplit
from urllib.request import proxy_bypass


def proxy_hint(url: str) -> str | None:
    """Say how to mend a proxy that requests to `url` go through; None where they go through none.

    The HTTP library reads the same variables: that of the scheme first, then `ALL_PROXY`,
    except for the hosts of `NO_PROXY`. Their values may hold a password and are not shown.
    """
    to = urlsplit(url)
    host = to.hostname or ""
    names = (f"{to.scheme}_proxy", f"{to.scheme}_proxy".upper(), "all_proxy", "ALL_PROXY")
    variable = next((name for name in names if os.environ.get(name)), None)
    if variable is None or proxy_bypass(host):
        return None
    if os.environ[variable].startswith("socks"):
        kind = f"{variable} names a SOCKS proxy, and only HTTP proxies can be used"
    else:
        kind = f"check the proxy that {variable} names"
    return f"{kind}; NO_PROXY={host} goes around it"
