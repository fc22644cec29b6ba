"""What must be true of every page, asked of the page as the browser shows it."""

import re
from functools import cache
from pathlib import Path

import axe_playwright_python

from webapp.core.i18n import catalogue

STATEMENTS = 30
PHONE, POINTER, TOUCH = (
    760,
    24,
    44,
)  # widest window of a phone; least height of what is pointed at, of what is touched
WIDTHS = ((320, 390), (768, 1440))  # of a phone; of a desk
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHINESE = re.compile("[\u4e00-\u9fff]")
# Words that stay Latin in a Chinese office: formats, protocols, units, code names of rules and hashes.
LATIN = re.compile(r"[A-Za-z]{3,}(?:[ -][A-Za-z]{2,})+")

_INLINE = """() => [...document.querySelectorAll('*')].flatMap(e => {
  const bad = e.getAttributeNames().filter(n => n === 'style' || n.startsWith('on'));
  if ((e.tagName === 'SCRIPT' && !e.src) || e.tagName === 'STYLE') bad.push(e.tagName);
  return bad.map(n => e.tagName + ' ' + n);
})"""
_SMALL = """least => [...document.querySelectorAll(
  'a[href],button,input:not([type=hidden]),select,textarea,summary')].filter(e => {
  const r = e.getBoundingClientRect(), s = getComputedStyle(e);
  if (!r.width || s.visibility === 'hidden' || e.closest('.vh,.skip') || e.matches('.skip')) return false;
  if (e.tagName === 'A' && s.display === 'inline') return false;      // links in running text are exempt (2.5.8)
  if (e.tagName === 'INPUT' && e.closest('label')) return false;       // the label is the target
  return r.width < 24 || r.height < least;
}).map(e => e.tagName + ' ' + (e.className || '') + ' ' + (e.textContent || e.name || '').trim().slice(0, 30))"""
_CELLS = """() => innerWidth < 761 ? [] : [...document.querySelectorAll('td,th')].filter(
  c => !['table-cell', 'none'].includes(getComputedStyle(c).display)
).map(c => c.className + ' ' + c.textContent.trim())"""
_WIDE = """() => document.documentElement.scrollWidth - document.documentElement.clientWidth"""
_TEXTS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  for (let n = walker.nextNode(); n; n = walker.nextNode()) {
    const e = n.parentElement, said = n.textContent.trim();
    if (said && !e.closest('script,style,[lang]:not(html),code,pre,.mono,textarea,[data-own-words]')) found.push(said);
  }
  document.querySelectorAll('[aria-label],[placeholder],[title]').forEach(e => {
    if (e.closest('[data-own-words],[lang]:not(html)')) return;
    for (const n of ['aria-label', 'placeholder', 'title']) if (e.getAttribute(n)) found.push(e.getAttribute(n));
  });
  return found;
}"""


@cache
def _axe() -> str:
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def faults(page) -> list[str]:
    """Accessibility, inline code, small targets, horizontal overflow: one line per fault, [] when none."""
    size = page.viewport_size
    least = TOUCH if size["width"] <= PHONE else POINTER
    found = [f"inline: {line}" for line in page.evaluate(_INLINE)]
    found += [f"target under {least} px: {line}" for line in page.evaluate(_SMALL, least)]
    found += [f"table cell with another display: {line}" for line in page.evaluate(_CELLS)]
    if page.locator("h1").count() != 1:
        found.append(f"{page.locator('h1').count()} h1")
    if not page.evaluate("() => 'axe' in window"):
        page.context.add_init_script(_axe())  # is there in the documents that follow
        page.evaluate(_axe())
    result = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", TAGS
    )
    for violation in result["violations"]:
        found += [f"axe {violation['id']}: {node['html'][:160]}" for node in violation["nodes"][:3]]
    for width in WIDTHS[size["width"] > PHONE]:
        page.set_viewport_size({"width": width, "height": size["height"]})
        over = page.evaluate(_WIDE)
        if over > 0:
            found.append(f"{over} px too wide at {width}")
    page.set_viewport_size(size)
    return found


def chinese_left(page) -> list[str]:
    """Interface words in Chinese on an English page. Names and other data of a Chinese office stay Chinese,
    so only what the catalogues know as a text of the interface counts.
    """
    texts = set(catalogue("en"))
    return [said for said in page.evaluate(_TEXTS) if CHINESE.search(said) and said in texts]


def english_left(page) -> list[str]:
    """English sentences on a Chinese page."""
    return [said for said in page.evaluate(_TEXTS) if LATIN.search(said.replace("Message-ID", ""))]
