"""Data Docs that load nothing: Great Expectations' pages fetch styles, scripts and pictures from public
servers, so they are unstyled offline and tell those servers about every reader."""

import re
import shutil
from pathlib import Path

_REMOTE = re.compile(
    r"<script\b.*?</script>|<link\b[^>]*>|<img\b[^>]*>|<footer\b.*?</footer>|\burl\([^)]*\)", re.DOTALL | re.IGNORECASE
)
_LINK = re.compile(r"""\s(?:href|src)\s*=\s*(["'])\s*(?:https?:)?//.*?\1""", re.DOTALL | re.IGNORECASE)
_ONCLICK = re.compile(r"""\son[a-z]+\s*=\s*(["']).*?\1""", re.DOTALL | re.IGNORECASE)
_HEAD = """<head>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 0 auto; padding: 1rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
th, td { border: 1px solid #bbb; padding: .3rem .6rem; text-align: left; vertical-align: top; }
.navbar ol { display: flex; gap: 1rem; list-style: none; padding: 0; }
.card { border: 1px solid #ccc; border-radius: 4px; padding: .5rem 1rem; margin-bottom: 1rem; }
.badge { background: #ddd; border-radius: 4px; padding: 0 .4rem; }
.modal, .btn-group, .ge-walkthrough-modal, .cooltip .top { display: none; }
.fa-check-circle::before { content: "✓"; color: #080; font-style: normal; }
.fa-times::before, .fa-exclamation-triangle::before { content: "✗"; color: #b00; font-style: normal; }
</style>"""


def make_offline(site: Path) -> None:
    """Rewrite the pages of a built site in place; static files, which nothing refers to any more, go."""
    shutil.rmtree(site / "static", ignore_errors=True)
    for page in site.rglob("*.html"):
        page.write_text(offline_page(page.read_text(encoding="utf-8")), encoding="utf-8")


def offline_page(html: str) -> str:
    """The page without scripts, remote links and pictures, with a small style sheet of its own."""
    for pattern in (_REMOTE, _LINK, _ONCLICK):
        html = pattern.sub("", html)
    return html.replace("<head>", _HEAD, 1)
