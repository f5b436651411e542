"""Settings come from TBI_* and are checked."""

import pytest

from tbi_server.settings import Settings, SettingsError


def test_nothing_set_gives_the_defaults() -> None:
    assert Settings.from_environment({}) == Settings()


def test_what_is_set_is_taken() -> None:
    settings = Settings.from_environment({"TBI_PORT": "8123", "TBI_MAX_UPLOAD_MB": "20", "TBI_HOST": "0.0.0.0"})
    assert (settings.port, settings.max_upload_mb, settings.host) == (8123, 20, "0.0.0.0")


@pytest.mark.parametrize(("host", "loopback"), [
    ("127.0.0.1", True), ("127.0.0.2", True), ("::1", True), ("[::1]", True), ("Localhost", True),
    ("0.0.0.0", False), ("::", False), ("192.168.1.5", False), ("example.org", False),
])  # fmt: skip
def test_it_knows_whether_only_this_machine_can_reach_it(host: str, loopback: bool) -> None:
    assert Settings(host=host).is_loopback is loopback


@pytest.mark.parametrize("value", ["x", "-1", "0", "65536", "1.5"])
def test_a_wrong_port_is_an_error_that_says_what_is_wanted(value: str) -> None:
    with pytest.raises(SettingsError, match=r"TBI_PORT is .*; wanted a whole number from 1 to 65535"):
        Settings.from_environment({"TBI_PORT": value})
