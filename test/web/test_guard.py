import pytest
from hypothesis import given
from hypothesis import strategies as st

from trt_pose_ros.web.guard import COOKIE, Guard, is_local, new_token

HOST = {"Host": "localhost:8080"}


def status(guard, headers=HOST, cookies=None, query=None):
    refused = guard.refusal(headers, cookies or {}, query or {})
    return refused[0] if refused else 200


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_only_this_machine_reaches_a_loopback_address(address):
    assert is_local(address)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.5", "10.0.0.1", "", "robot", "localhost.evil.example"])
def test_others_may_reach_any_other(address):
    assert not is_local(address)


class TestToken:
    TOKEN = new_token()

    def test_each_is_new_and_long(self):
        assert len({new_token() for _ in range(100)}) == 100
        assert len(self.TOKEN) >= 32

    def test_it_is_taken_from_cookie_address_and_header(self):
        guard = Guard(self.TOKEN)
        assert status(guard, cookies={COOKIE: self.TOKEN}) == 200
        assert status(guard, query={"token": self.TOKEN}) == 200
        assert status(guard, headers=HOST | {"Authorization": f"Bearer {self.TOKEN}"}) == 200

    def test_without_it_nothing_is_seen(self):
        assert status(Guard(self.TOKEN)) == 401
        assert status(Guard(self.TOKEN), query={"token": self.TOKEN[:-1]}) == 401
        assert status(Guard(self.TOKEN), cookies={"token": self.TOKEN}) == 401

    @given(st.text())
    def test_no_other_text_is_taken_for_it(self, text):
        guard = Guard(self.TOKEN)
        assert status(guard, query={"token": text}) == 401
        assert status(guard, cookies={COOKIE: text}) == 401

    def test_on_this_machine_none_is_asked_for(self):
        assert status(Guard(None)) == 200


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:1", "127.0.0.1:8080", "192.168.1.7", "[::1]:8080", "robot.lan:8080", "[fe80::1]"],
)
def test_names_of_this_machine(host):
    assert status(Guard(None, ["robot.lan"]), {"Host": host}) == 200


@pytest.mark.parametrize(
    "host", ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "[evil]", ":8080"]
)
def test_dns_rebinding_is_refused(host):
    assert status(Guard(None), {"Host": host}) == 403


@pytest.mark.parametrize("origin", ["http://localhost:8080", "https://localhost:8080", "HTTP://LOCALHOST:8080"])
def test_our_own_page_may_ask(origin):
    assert status(Guard(None), HOST | {"Origin": origin}) == 200


@pytest.mark.parametrize(
    "origin",
    ["", "null", "http://evil.example", "http://localhost", "http://localhost:80", "file://", "localhost:8080"],
)
def test_pages_of_others_may_not(origin):
    assert status(Guard(None), HOST | {"Origin": origin}) == 403
