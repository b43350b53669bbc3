"""One headless Chromium, as a person uses it."""
import base64
import os
import subprocess
import tempfile
import time

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

PATIENCE = {"local": 45, "incus": 150}.get(os.environ.get("SLOOP_TEST_ENGINE", ""), 45)


def sloop(*words):
    """What the command line prints."""
    done = subprocess.run(
        [os.environ["SLOOP_TEST_PROGRAM"], *words], capture_output=True, text=True, timeout=PATIENCE)
    if done.returncode != 0:
        raise RuntimeError(f"sloop {' '.join(words)}: {done.stderr}")
    return done.stdout.strip()


def until(what, condition, patience=PATIENCE):
    """Looks again until it is so; a page tells nobody when it has changed."""
    end = time.monotonic() + patience
    while True:
        try:
            value = condition()
            if value:
                return value
        except (NoSuchElementException, StaleElementReferenceException):
            value = None
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {patience} s, but {value!r}")
        time.sleep(0.05)


class Browser:
    """A browser with a profile of its own."""

    def __init__(self, script=True):
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--hide-scrollbars", "--window-size=1280,900",
                     # No test can choose a file in a dialog of the browser's own: it is one that has none.
                     "--disable-blink-features=FileSystemAccessLocal"):
            options.add_argument(word)
        self.downloads = tempfile.TemporaryDirectory(prefix="sloop-downloads-")
        options.add_experimental_option("prefs", {
            "download.default_directory": self.downloads.name,
            "profile.managed_default_content_settings.javascript": 1 if script else 2})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        self.driver.set_page_load_timeout(PATIENCE)
        self.endpoint = os.environ["SLOOP_TEST_ENDPOINT"]

    def close(self):
        self.driver.quit()
        self.downloads.cleanup()

    def before_pages(self, script):
        """Runs a script in each page before the page's own; gives what takes it back."""
        made = self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        return lambda: self.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", made)

    def forget(self):
        """As it was when it was started; that takes seconds."""
        first, *others = self.driver.window_handles
        for tab in others:
            self.driver.switch_to.window(tab)
            self.driver.close()
        self.driver.switch_to.window(first)
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.driver.get("about:blank")
        self.look()
        self.complaints()
        return self

    # What is there

    def open(self, path):
        self.driver.get(self.endpoint + path)
        return self

    @property
    def path(self):
        return self.driver.current_url.removeprefix(self.endpoint)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector="main"):
        return self.find(selector).text

    def sees(self, *texts, within="main", patience=PATIENCE):
        """Waits until every one of the texts is to be read there."""
        for text in texts:
            try:
                until(f"'{text}' in {within}", lambda: text in self.text(within), patience)
            except AssertionError as error:
                raise AssertionError(f"{error} on {self.path}: {self.text('body')[:3000]}") from None
        return self

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def complaints(self):
        """What the browser's own console says: errors of scripts, and what the page's policy stopped."""
        return [entry for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    # What a person does

    def sign_in(self, account="default"):
        self.driver.get(sloop("console", "login", "--account", account))
        return self.press("Sign in")

    def fill(self, name, text):
        # Parts of a page are drawn anew at any time, but for the one in which somebody types.
        def filled():
            field = self.find(f"[name='{name}']:not([type=hidden])")
            self.run("arguments[0].scrollIntoView({block: 'center'}); arguments[0].focus()", field)
            field.clear()
            field.send_keys(text)
            return True
        until(f"a field '{name}' on {self.path}", filled)
        return self

    def choose(self, name, value):
        self.click(f"input[name='{name}'][value='{value}']")
        return self

    def click(self, selector):
        def clicked():
            element = self.find(selector)
            self.run("arguments[0].scrollIntoView({block: 'center'})", element)
            element.click()
            return True
        until(f"{selector} on {self.path}", clicked)
        return self

    def press(self, label, within="body"):
        """The button or the link of that label, which leads to another page."""
        def button():
            for one in self.all(f"{within} button, {within} a"):
                # As it is read out: with what only those hear who cannot see which row it is in.
                if one.is_displayed() and one.is_enabled() and one.get_attribute("textContent").strip() == label:
                    return one
        # Parts of a page are drawn anew at any time.
        def pressed():
            one = button()
            if not one:
                return False
            self.run("arguments[0].scrollIntoView({block: 'center'})", one)
            self.before = self.find("html").id
            one.click()
            return True
        until(f"a button '{label}' in {within} of {self.path}", pressed)
        until(f"the page after '{label}'", lambda: self.find("html").id != self.before
              and self.run("return document.readyState") == "complete")
        return self

    def type(self, *keys):
        """What the keyboard sends to wherever the focus is."""
        self.driver.switch_to.active_element.send_keys(*keys)
        return self

    # What it looks like

    def look(self, width=1280, dark=False, height=900):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
        return self

    def picture(self, file, whole=True):
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": whole} | (
            {"clip": self.extent()} if whole else {}))
        with open(file, "wb") as out:
            out.write(base64.b64decode(shot["data"]))

    def extent(self):
        width, height = self.run("return [innerWidth, document.documentElement.scrollHeight]")
        return {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
