"""Who may see the live page and set parameters: checked before anything else is done for a request.

- A web page of somebody else, opened in a browser on this machine, can send requests here (CSRF) or give its own name
  our address (DNS rebinding). So the name that a request asks for has to be one of this machine, and the page that it
  comes from ours.
- From other machines only those who know the token get anything.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import socket
from collections.abc import Iterable, Mapping

COOKIE = "trt_pose_token"


def is_local(address: str) -> bool:
    """Whether only this machine can reach a server that is bound to ``address``."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def new_token() -> str:
    """A token that nobody guesses: 192 random bits."""
    return secrets.token_urlsafe(24)


class Guard:
    """See the module.

    Args:
        token: that requests have to know; None: none is asked for.
        hosts: names of this machine besides ``localhost``, its host name and IP addresses.

    Attributes:
        token: see above.
    """

    def __init__(self, token: str | None, hosts: Iterable[str] = ()) -> None:
        self.token = token
        own = socket.gethostname().lower()
        self._hosts = {"localhost", own, f"{own}.local", *(host.lower() for host in hosts)}

    def refusal(
        self, headers: Mapping[str, str], cookies: Mapping[str, str], query: Mapping[str, str]
    ) -> tuple[int, str] | None:
        """HTTP status and reason with which a request is refused, None where it is not."""
        host = headers.get("Host", "")
        if not self._is_ours(host):
            return 403, "this name is not one of this machine: give it in the parameter hosts"
        origin = headers.get("Origin")
        if origin is not None and origin.lower() not in (f"http://{host.lower()}", f"https://{host.lower()}"):
            return 403, "the request comes from a page of somebody else"
        shown = (
            cookies.get(COOKIE, ""),
            query.get("token", ""),
            headers.get("Authorization", "").removeprefix("Bearer "),
        )
        if not self._is_token(shown):
            return 401, "open the address with ?token=... that the node printed when it started"
        return None

    def _is_ours(self, host: str) -> bool:
        name = host.rpartition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
        if name.lower() in self._hosts:
            return True
        try:
            ipaddress.ip_address(name)  # an address cannot be given to somebody else's page
        except ValueError:
            return False
        return True

    def _is_token(self, shown: Iterable[str]) -> bool:
        """Whether one of the texts is the token. Each is compared in constant time: how long it takes tells nothing."""
        if self.token is None:
            return True
        return any([hmac.compare_digest(text.encode("utf-8", "replace"), self.token.encode()) for text in shown])
