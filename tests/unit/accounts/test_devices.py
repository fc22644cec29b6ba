"""Signed-in devices in words a person knows."""

import pytest

from webapp.accounts.rules_devices import device

ON_WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{} Safari/537.36"
)
ON_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
ON_ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
ON_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (ON_WINDOWS.format("86.0.4240.198"), "Chrome 86，Windows"),
        (ON_WINDOWS.format("128.0.0.0") + " Edg/128.0.0.0", "Edge 128，Windows"),
        (ON_WINDOWS.format("86.0.4240.198") + " QIHU 360SE", "360 浏览器，Windows"),
        (
            "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
            "Internet Explorer 11，Windows",
        ),
        (ON_IPHONE + "Version/17.5 Mobile/15E148 Safari/604.1", "Safari 17，iOS"),
        (ON_IPHONE + "Mobile/15E148 MicroMessenger/8.0.49", "微信 8，iOS"),
        (ON_MAC + "Version/17.5 Safari/605.1.15", "Safari 17，macOS"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox 128，Linux"),
        (ON_ANDROID + "Chrome/128.0.0.0 Mobile Safari/537.36", "Chrome 128，Android"),
        ("curl/8.5.0", "curl 8"),
        ("something nobody knows", ""),
        ("", ""),
    ],
)
def test_a_device_is_named_by_browser_and_system_and_nothing_is_made_up(agent, words):
    assert device(agent) == words
