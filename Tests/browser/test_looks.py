"""Whether every page can be used by everybody: on a phone, by keyboard, read out, in light and in dark."""
import importlib.util
import json
from pathlib import Path

from selenium.webdriver.common.keys import Keys

from browser import sloop, until
from stage import Case

AXE = Path(importlib.util.find_spec("axe_playwright_python").origin).parent / "axe.min.js"
PAGES = ["/", "/create", "/instances/ship", "/instances/ship/delete", "/instances/ship/terminal", "/keys", "/keys/anchor",
         "/storage", "/alarms", "/cost", "/operations", "/settings", "/nothing"]
LOOKS = [(1280, False), (1280, True), (390, True), (390, False)]
# What may come out otherwise on another screen; the rest of the rules are about what is in the page.
OF_THE_LOOK = ["color-contrast", "target-size", "link-in-text-block", "scrollable-region-focusable", "meta-viewport"]


class Looks(Case):
    def test_every_page_on_every_screen(self):
        me = self.browser()
        me.open("/create").fill("name", "ship").choose("key", "new").fill("new-key", "anchor")
        me.fill("script", "#!/bin/sh\necho " + "a-very-long-word-" * 20).press("Create").press("See ship start")
        me.sees("script succeeded")
        me.open("/keys/anchor").press("Rotate to a new key…")
        self.look_at(me, "the offer")
        me.press("I have saved it, rotate now").sees("done")
        for page in PAGES:
            me.open(page)
            if page.endswith("/terminal"):
                me.sees("connected", within="#terminal-state")
            self.look_at(me, page)
        sloop("instance", "delete", "ship")
        out = self.browser(account=None)
        out.open("/").fill("link", "wrong").press("Sign in")
        self.look_at(out, "the sign-in")

    def look_at(self, me, name):
        me.run(AXE.read_text())
        for width, dark in LOOKS:
            me.look(width, dark)
            over = me.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
            self.assertLessEqual(over, 0, f"{name} is wider than {width} pixels")
            found = me.driver.execute_async_script(
                "const done = arguments[arguments.length - 1];"
                "axe.run(document, {resultTypes: ['violations'], ...arguments[0]})"
                ".then((r) => done(r.violations), (e) => done(String(e)))",
                {} if (width, dark) == LOOKS[0] else {"runOnly": OF_THE_LOOK})
            self.assertIsInstance(found, list, found)
            said = [(one["id"], one["help"], [node["html"][:200] for node in one["nodes"]][:3]) for one in found]
            self.assertEqual(said, [], f"{name} at {width}, {'dark' if dark else 'light'}: {json.dumps(said, indent=1)}")
        me.look()

    def test_the_main_way_by_keyboard(self):
        me = self.browser()
        me.open("/")

        def press(*keys):
            me.driver.switch_to.active_element.send_keys(*keys)

        def tab_to(wanted, most=60):
            for _ in range(most):
                if me.run("return document.activeElement.matches(arguments[0])", wanted):
                    shown = me.run("const s = getComputedStyle(document.activeElement.closest('.choice') || document.activeElement);"
                                   "return s.outlineStyle !== 'none'")
                    self.assertTrue(shown, f"{wanted} has the focus, and nothing shows it")
                    return
                press(Keys.TAB)
            self.fail(f"{wanted} is not reached by the tab key")

        tab_to(".skip")
        press(Keys.ENTER)
        tab_to("a[href='/create']")
        press(Keys.ENTER)
        until("the form", lambda: me.all("#create-form"))
        tab_to("input[name=blueprint]")
        tab_to("input[name=key]")
        press(Keys.ARROW_DOWN)
        tab_to("input[name=plan]")
        press(Keys.ARROW_DOWN)
        self.assertIn("7.00 USD a month", me.text("#total"))
        tab_to("input[name=name]")
        press("keys-only", Keys.ENTER)
        until("the instance", lambda: me.path in ("/instances/keys-only", "/create") and me.text())
        me.sees("running", within="#instance-head") if me.path != "/create" else self.fail(me.text())
        sloop("instance", "delete", "keys-only")
