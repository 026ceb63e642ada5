"""Headless Chromium by the W3C WebDriver protocol: as much of it as the tests need, and nothing to install for it.

Things are found as a screen reader finds them, by role and accessible name.
"""

import base64
import re
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import requests

CHROMIUM, CHROMEDRIVER = "chromium", "chromedriver"
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_SECONDS = 15.0
# Nothing but the pages under test: whatever Chromium asks for by itself is not looked up.
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=it",
    "--window-size=1000,1400",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
_WITH_A_NAME = {
    "button": "button",
    "link": "a[href]",
    "textbox": "input[type=text],input[type=search]",
    "radio": "input[type=radio]",
    "checkbox": "input[type=checkbox]",
    "summary": "summary",
}
_PHONE = 600


class Browser:
    """One window, from `start` to `stop`."""

    def __init__(self, profile: Path) -> None:
        self._profile = profile
        self._driver: subprocess.Popen[str] | None = None
        self._session = ""

    def start(self, chromium: str, chromedriver: str) -> Self:
        """Start the driver and a window.

        :raises RuntimeError: they do not start
        """
        self._driver = subprocess.Popen(  # noqa: S603 - a program of the system, found by its name
            [chromedriver, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        driver = f"http://127.0.0.1:{self._port()}"
        options = {"binary": chromium, "args": [*_ARGUMENTS, f"--user-data-dir={self._profile}"]}
        wanted = {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}
        value = _value(requests.post(f"{driver}/session", json={"capabilities": wanted}, timeout=60))
        self._session = f"{driver}/session/{value['sessionId']}"
        return self

    def _port(self) -> int:
        assert self._driver is not None
        assert self._driver.stdout is not None
        for line in self._driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                return int(found[1])
        raise RuntimeError("chromedriver non si è avviato")

    def stop(self) -> None:
        if self._session:
            with suppress(requests.RequestException):
                requests.delete(self._session, timeout=20)
        if self._driver is not None:
            self._driver.terminate()
            self._driver.wait(timeout=20)
            if self._driver.stdout is not None:
                self._driver.stdout.close()

    # -- what one does -----------------------------------------------------------------------------------------------

    def go(self, url: str) -> None:
        self._post("/url", url=url)

    def click(self, role: str, name: str) -> None:
        """Click what has this role, and a name that begins so, once it is there."""

        def clicked() -> bool:
            self._post(f"/element/{self.find(role, name)}/click")
            return True

        assert self.wait(clicked), f"{role} {name!r}: {self.names(role)} in {self.url}"

    def write(self, name: str, text: str) -> None:
        field = self.find("textbox", name)
        self._post(f"/element/{field}/clear")
        self._post(f"/element/{field}/value", text=text)

    def scroll_to(self, selector: str) -> None:
        script = "document.querySelector(arguments[0]).scrollIntoView()"
        self._post("/execute/sync", script=script, args=[selector])

    def press(self, *keys: str) -> None:
        """Press keys where the focus is."""
        presses = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._post("/actions", actions=[{"type": "key", "id": "tastiera", "actions": presses}])

    def resize(self, width: int, height: int) -> None:
        """Be a screen of so many points, of a telephone where it is narrow."""
        screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < _PHONE}
        self._post("/goog/cdp/execute", cmd="Emulation.setDeviceMetricsOverride", params=screen)

    # -- what one sees -----------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return str(self._get("/url"))

    @property
    def heading(self) -> str:
        return self.text("h1")

    def shows(self, heading: str, seconds: float = _SECONDS) -> bool:
        """Tell whether a page with this heading comes."""
        return self.wait(lambda: self.heading == heading, seconds)

    def text(self, selector: str = "main") -> str:
        return str(self._get(f"/element/{self._elements(selector)[0]}/text"))

    def names(self, role: str) -> list[str]:
        """Give the accessible names of all that has a role."""
        return list(self._named(role).values())

    def find(self, role: str, name: str) -> str:
        """Give what has this role, and a name that begins so.

        :raises AssertionError: nothing, or more than one
        """
        named = self._named(role)
        found = [one for one, its_name in named.items() if its_name.startswith(name)]
        assert len(found) == 1, f"{role} {name!r}: {[*named.values()]} in {self.url}"
        return found[0]

    def focused(self) -> str:
        return str(self._get(f"/element/{self._get('/element/active')[_ELEMENT]}/computedlabel"))

    def wait(self, seen: Callable[[], bool], seconds: float = _SECONDS) -> bool:
        """Wait until something is seen; False when it is not, after so long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            # A page that is changing has no answer yet.
            with suppress(AssertionError, IndexError, KeyError):
                if seen():
                    return True
            time.sleep(0.1)
        return False

    def cookies(self) -> dict[str, str]:
        return {one["name"]: one["value"] for one in self._get("/cookie")}

    def download(self, link: str) -> requests.Response:
        """Get what a link leads to, as this visitor."""
        href = self._get(f"/element/{self.find('link', link)}/property/href")
        return requests.get(str(href), cookies=self.cookies(), timeout=20)

    def overflow(self) -> int:
        """Give how many points the page is wider than the screen."""
        script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self._post("/execute/sync", script=script, args=[]))

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self._get("/screenshot")))

    # -- the protocol ------------------------------------------------------------------------------------------------

    def _named(self, role: str) -> dict[str, str]:
        return {one: str(self._get(f"/element/{one}/computedlabel")) for one in self._elements(_WITH_A_NAME[role])}

    def _elements(self, selector: str) -> list[str]:
        found = self._post("/elements", using="css selector", value=selector)
        return [one[_ELEMENT] for one in found]

    def _get(self, path: str) -> Any:
        return _value(requests.get(self._session + path, timeout=30))

    def _post(self, path: str, **body: object) -> Any:
        return _value(requests.post(self._session + path, json=body, timeout=60))


def _value(response: requests.Response) -> Any:
    value = response.json()["value"]
    assert response.ok, f"{response.request.url}: {value}"
    return value
