"""A headless Chromium on Dagster's web interface; it keeps a picture of what it is shown."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (  # without them it looks for updates and hosts of its own
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 120_000
"""Milliseconds for what should be seen to be there."""

expect.set_options(timeout=PATIENCE)


@dataclass(frozen=True, slots=True)
class Browser:
    """One page, and a folder for pictures of it."""

    page: Page
    url: str
    pictures: Path
    errors: list[str] = field(default_factory=list)
    """Of scripts on the page, and dialogs that they opened."""

    def open(self, path: str, *, size: tuple[int, int] = (1400, 900)) -> None:
        """Go there; the page fills itself afterwards, and never rests: it polls."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.goto(f"{self.url}/{path}", wait_until="domcontentloaded")

    def seen(self, text: str | re.Pattern[str]) -> Locator:
        """The first place where the text can be seen; it has to be somewhere."""
        found = self.page.get_by_text(text).locator("visible=true").first
        expect(found).to_be_visible()
        return found

    def click(self, name: str | re.Pattern[str], role: str = "button") -> None:
        """The first such thing that can be seen."""
        self.page.get_by_role(role, name=name).locator("visible=true").first.click(timeout=PATIENCE)  # type: ignore[arg-type]

    def picture(self, name: str) -> None:
        """What is seen now, once it has come to rest."""
        self.page.mouse.move(0, 0)
        self.page.wait_for_timeout(1_500)
        self.page.screenshot(path=self.pictures / f"{name}.png", animations="disabled")


@contextmanager
def browser_on(url: str, pictures: Path, folder: Path) -> Iterator[Browser]:
    """A fresh browser; skipped where there is none. Before a failure the folder gets what it saw last."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip(f"there is no {', '.join(NAMES)} on the PATH: on Debian, apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        page = chromium.new_page(timezone_id="UTC", locale="en-GB")
        browser = Browser(page, url, pictures)
        page.on("pageerror", lambda error: browser.errors.append(str(error)))
        page.on("dialog", lambda dialog: browser.errors.append(f"a dialog: {dialog.message}"))
        try:
            yield browser
        except BaseException:
            page.screenshot(path=folder / "failed.png")
            raise
        finally:
            chromium.close()
