"""A digest's CSV and HTML files. They stand alone, in both languages, and follow from the content byte for byte."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from webapp.digests.figures import ORIGINS

ORIGIN_WORDS = {"native": ("本系统办理", "handled here"), "imported": ("导入的历史", "imported history")}
_SPREAD = {"n", "median", "p90"}
# The page is opened from a folder or a mail, so its style lies inside it.
_STYLE = """
body{font:15px/1.6 "PingFang SC","HarmonyOS Sans","Microsoft YaHei","Noto Sans CJK SC",sans-serif;
 color:#1f2328;background:#fff;max-width:60em;margin:2em auto;padding:0 1em}
h1{font-size:24px;margin-bottom:.2em}h2{font-size:17px;margin:2em 0 .5em;border-bottom:1px solid #d8d5cc}
table{border-collapse:collapse;width:100%}td,th{padding:.3em .6em .3em 0;text-align:left;vertical-align:top;
 border-bottom:1px solid #ebe8e0}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
code{font-size:12px;word-break:break-all}.en{color:#6b6a64;font-size:13px}.bad{color:#b5261c;font-weight:700}
.good{color:#1c6b3c}
"""


def flat(figures: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield (figure, group, value), one a number: the rows of the CSV file."""
    for figure, value in figures.items():
        if isinstance(value, dict) and set(value) != _SPREAD:
            for key, item in value.items():
                yield figure, key, item
        else:
            yield figure, "", value


def csv_file(content: Mapping[str, Any], book: Mapping[str, Any]) -> bytes:
    """Return the figures as CSV (RFC 4180, UTF-8 with a mark, so that office programs read Chinese)."""
    names = {figure["id"]: (_name(figure, "zh"), _name(figure, "en")) for figure in book["figures"]}
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["origin", "figure", "group", "value", "指标", "figure in words"])
    for origin in ORIGINS:
        for figure, key, value in flat(content["figures"][origin]):
            text = json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else str(value)
            writer.writerow([origin, figure, key, text, *names[figure]])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _name(figure: Mapping[str, Any], language: str) -> str:
    """A figure's title with the unit its numbers are in; pages, which show durations in words, leave it out."""
    if "unit" not in figure:
        return str(figure[language])
    unit = figure["unit"][language]
    return f"{figure['zh']}（{unit}）" if language == "zh" else f"{figure['en']} ({unit})"


def html_file(content: Mapping[str, Any], book: Mapping[str, Any]) -> bytes:
    """Return the digest as one HTML page that needs no other file."""
    return "\n".join(_page(content, book)).encode() + b"\n"


def _page(content: Mapping[str, Any], book: Mapping[str, Any]) -> Iterator[str]:
    title = f"审计摘要 {content['period']}"
    scope = f"单位 {content['scope']}" if content["scope"] else "全办"
    yield "<!doctype html>"
    yield f'<html lang="zh-CN"><head><meta charset="utf-8"><title>{escape(title)}</title>'
    yield f"<style>{_STYLE}</style></head><body>"
    yield f'<h1>{escape(title)}</h1><p>{escape(scope)}，第 {content["edition"]} 版 <span class="en">edition</span></p>'
    yield from _facts(content)
    for section in book["sections"]:
        figures = [figure for figure in book["figures"] if figure["section"] == section["id"]]
        yield f'<h2>{escape(section["zh"])} <span class="en">{escape(section["en"])}</span></h2>'
        yield '<table><thead><tr><th>指标 <span class="en">figure</span></th>'
        yield "".join(
            f'<th class="n">{zh}<br><span class="en">{en}</span></th>' for zh, en in ORIGIN_WORDS.values()
        )
        yield "</tr></thead><tbody>"
        for figure in figures:
            yield from _rows(figure, content, must_be_zero=section["id"] == "zeros")
        yield "</tbody></table>"
    yield '<h2>核对 <span class="en">Verify it yourself</span></h2>'
    yield "<p>下载证据包，在另一台电脑上运行 <code>python3 verify.py 证据包.zip --trusted 以前的检查点.txt</code></p>"
    yield "</body></html>"


def _facts(content: Mapping[str, Any]) -> Iterator[str]:
    previous = content["previous"]
    yield "<table><tbody>"
    for label, value in (
        ("期间 period (UTC)", f"{content['start']} — {content['end']}"),
        ("时区 zone", content["zone"]),
        ("日志大小 tree size", str(content["size"])),
        ("日志根 root", content["root"]),
        ("上一份 previous", f"{previous['period'] or '—'}，{previous['size']}"),
        ("指标定义 definitions", content["definitions"]),
    ):
        yield f"<tr><td>{escape(label)}</td><td><code>{escape(value)}</code></td></tr>"
    yield "</tbody></table>"


def _rows(figure: Mapping[str, Any], content: Mapping[str, Any], *, must_be_zero: bool) -> Iterator[str]:
    values = [content["figures"][origin][figure["id"]] for origin in ORIGINS]
    name = f'{escape(_name(figure, "zh"))} <span class="en">{escape(_name(figure, "en"))}</span>'
    if "by" not in figure:
        cells = "".join(_cell(figure["measure"], value, must_be_zero=must_be_zero) for value in values)
        yield f"<tr><td>{name}</td>{cells}</tr>"
        return
    yield f'<tr><td>{name}</td><td class="n">{total(values[0])}</td><td class="n">{total(values[1])}</td></tr>'
    for key in sorted({*values[0], *values[1]}):
        cells = "".join(_cell(figure["measure"], value.get(key)) for value in values)
        yield f"<tr><td>&emsp;{escape(key.replace('|', ' · '))}</td>{cells}</tr>"


def total(groups: Mapping[str, Any]) -> str:
    """The sum of a figure's groups, empty where they cannot be added."""
    return str(sum(groups.values())) if all(isinstance(value, int) for value in groups.values()) else ""


def _cell(measure: str, value: Any, *, must_be_zero: bool = False) -> str:
    text = escape(shown(measure, value))
    if must_be_zero:
        text = f'<span class="{"bad" if value else "good"}">{text}</span>'
    return f'<td class="n">{text}</td>'


def shown(measure: str, value: Any) -> str:
    """Return a value in words: a share as 'n / m', a spread as median and p90, a list as its length and numbers."""
    if value is None:
        return ""
    match measure:
        case "spread":
            return f"{value['median']}（90% ≤ {value['p90']}，n={value['n']}）" if value["n"] else "—"
        case "share":
            return f"{value[0]} / {value[1]}"
        case "list":
            return f"{len(value)}" + (f"：{', '.join(f'#{number}' for number in value)}" if value else "")
        case _:
            return str(value)


def headlines(content: Mapping[str, Any], book: Mapping[str, Any]) -> tuple[dict[str, str], ...]:
    """Return the few figures a mail names, in both languages: those without groups, of what was handled here."""
    figures = content["figures"]["native"]
    return tuple(
        {
            "zh": f"{figure['zh']}：{shown(figure['measure'], figures[figure['id']])}",
            "en": f"{figure['en']}: {shown(figure['measure'], figures[figure['id']])}",
        }
        for figure in book["figures"]
        if "by" not in figure and figure["measure"] != "list"
    )
