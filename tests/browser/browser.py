"""Chromium without a window: a page is opened from a file, used by a script, and looked at."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--dump-dom", "--virtual-time-budget=4000",
)  # fmt: skip
RESULT = re.compile(r'<pre id="told">(.*?)</pre>', re.DOTALL)
HELP = """
const told = {blocked: []};
document.addEventListener("securitypolicyviolation", e => told.blocked.push(e.blockedURI));
const get = id => document.getElementById(id);
const set = (id, v) => { const e = get(id); e.value = v; e.dispatchEvent(new Event("input")); };
const seen = s => [...document.querySelectorAll(s)].filter(e => !e.hidden).length;
const texts = s => [...document.querySelectorAll(s)].map(e => e.textContent.trim());
"""
END = """
setTimeout(() => {
  told.asked = performance.getEntriesByType("resource").map(e => e.name);
  const pre = document.createElement("pre"); pre.id = "told";
  pre.textContent = JSON.stringify(told); document.body.append(pre);
}, 100);
"""


def use(page: Path, script: str, anchor: str = "") -> dict[str, Any]:
    """What `script` wrote into `told` on a copy of the page beside it; what the page asked for.

    Also `asked`: addresses that the page loaded, and `blocked`: those that its own policy refused.
    """
    browser = shutil.which("chromium")
    assert browser, "Chromium is not installed. Run `make test-browser` as root, or install it."
    copy = page.with_name(f"used_{page.name}")
    text = page.read_text(encoding="utf-8")
    added = f"<script>{HELP}{script}{END}</script></body>"
    copy.write_text(text.replace("</body>", added), encoding="utf-8")
    address = copy.resolve().as_uri() + (f"#{anchor}" if anchor else "")
    profile = f"--user-data-dir={page.parent / 'profile'}"
    done = subprocess.run(
        [browser, *OPTIONS, profile, address], capture_output=True, text=True, timeout=180,
        check=True,
    )  # fmt: skip
    copy.unlink()
    found = RESULT.search(done.stdout)
    assert found, done.stdout[-2000:] + done.stderr[-2000:]
    text = found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    told: dict[str, Any] = json.loads(text)
    return told
