"""How Streamlit is made to run."""

from collections.abc import Iterator

import pytest
from streamlit import config, net_util
from streamlit.web.server.server_util import is_url_from_allowed_origins

from web.style import STREAMLIT_SETTINGS, use_settings


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def asks_the_internet() -> str:
        raise AssertionError("the internet was asked")

    monkeypatch.setattr(net_util, "get_external_ip", asks_the_internet)
    before = {name: config.get_option(name) for name in STREAMLIT_SETTINGS}
    use_settings()
    yield
    for name, value in before.items():
        config.set_option(name, value)


@pytest.mark.usefixtures("settings")
def test_nothing_is_told_to_anybody() -> None:
    assert config.get_option("browser.gatherUsageStats") is False
    assert config.get_option("client.showErrorDetails") == "none"


@pytest.mark.usefixtures("settings")
def test_a_page_of_another_site_is_refused_without_asking_the_internet() -> None:
    assert not is_url_from_allowed_origins("http://elsewhere.test")
