"""Browser and system in words, from what a browser says of itself. It may say anything: for orientation only."""

import re

from webapp.core.i18n import N_, gettext

# First match wins: most browsers also claim to be the ones below them.
_BROWSERS: tuple[tuple[str, str], ...] = (
    (r"MicroMessenger/(\d+)", N_("微信")),
    (r"DingTalk/(\d+)", N_("钉钉")),
    (r"Edg(?:e|A|iOS)?/(\d+)", "Edge"),
    (r"OPR/(\d+)", "Opera"),
    (r"M?QQBrowser/(\d+)", N_("QQ 浏览器")),
    (r"(?:QIHU|360(?:SE|EE|ENT))()", N_("360 浏览器")),
    (r"(?:UCBrowser|UCWEB)/(\d+)", N_("UC 浏览器")),
    (r"(?:Firefox|FxiOS)/(\d+)", "Firefox"),
    (r"(?:Chrome|CriOS)/(\d+)", "Chrome"),
    (r"Version/(\d+).*Safari/", "Safari"),
    (r"MSIE (\d+)|Trident/.*rv:(\d+)", "Internet Explorer"),
    (r"curl/(\d+)", "curl"),
)
# Windows 10 and 11 say the same of themselves, and so do all new Macs: no version is named.
_SYSTEMS: tuple[tuple[str, str], ...] = (
    (r"OpenHarmony|HarmonyOS", N_("鸿蒙")),
    (r"Android", "Android"),
    (r"iPhone|iPad|iPod", "iOS"),
    (r"Windows", "Windows"),
    (r"Macintosh|Mac OS X", "macOS"),
    (r"Kylin", N_("麒麟")),
    (r"UOS|Uniontech", N_("统信 UOS")),
    (r"Linux|X11", "Linux"),
)


def device(agent: str) -> str:
    """'Chrome 128，Windows'; only the part that is recognised; '' when neither is."""
    browser = next((_found(words, hit) for kind, words in _BROWSERS if (hit := re.search(kind, agent))), "")
    system = next((gettext(words) for kind, words in _SYSTEMS if re.search(kind, agent)), "")
    if browser and system:
        return gettext(N_("%(browser)s，%(system)s"), browser=browser, system=system)
    return browser or system


def _found(words: str, hit: re.Match[str]) -> str:
    version = next((group for group in hit.groups() if group), "")
    return f"{gettext(words)} {version}".strip()
