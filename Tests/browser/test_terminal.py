"""A shell in the browser, on the local engine."""
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from browser import sloop, until
from stage import Case

# What version 3 of xterm.js does with its canvas, and Chromium would do otherwise.
SLOW = "willReadFrequently"


def shown(me):
    """What the terminal shows, as it is read out."""
    return me.run("return document.querySelector('.xterm-accessibility').textContent").replace("\u00a0", " ")


class Terminal(Case):
    def setUp(self):
        self.me = self.browser()
        self.me.open("/create").fill("name", "shell").choose("key", "default").press("Create")
        self.me.sees("running", within="#instance-head")
        self.addCleanup(sloop, "instance", "delete", "shell")

    def open(self, me):
        me.open("/instances/shell").press("Open a terminal here")
        self.connected(me)

    def connected(self, me):
        me.sees("connected", within="#terminal-state")
        until("the prompt", lambda: "$" in shown(me))

    def test_a_person_types_sees_resizes_and_leaves(self):
        me = self.me
        self.open(me)
        me.type("echo $((6 * 7)) $(whoami) é ✓\n")
        until("the answer", lambda: "42 admin é ✓" in shown(me))
        me.type("stty size\n")
        until("the size", lambda: "121" in shown(me))
        me.look(390, height=844)
        until("the page to fit", lambda: me.run("return document.documentElement.scrollWidth") == 390)
        # Its keys are for a phone.
        me.type("sleep 100\n").click("[data-keys=interrupt]").type("stty size\n")
        until("another size", lambda: " 35" in shown(me) and "^C" in shown(me))
        me.look()

        # By keyboard out of it, and back.
        ActionChains(me.driver).key_down(Keys.CONTROL).key_down(Keys.SHIFT).send_keys("x").key_up(
            Keys.SHIFT).key_up(Keys.CONTROL).perform()
        self.assertEqual(me.run("return document.activeElement.id"), "terminal-end")
        me.type(Keys.ENTER).sees("ended", within="#terminal-state")
        me.type(Keys.ENTER)
        self.connected(me)
        me.type("exit\n").sees("ended", within="#terminal-state")
        self.assertNoComplaints(me, SLOW)

    def test_output_that_is_hostile_or_long_is_only_shown(self):
        me = self.me
        self.open(me)
        me.type("printf '<img src=x onerror=\"window.hacked = 1\">\\033]0;<b>t\\007\\n'; seq 20000; echo e''nd\n")
        until("the end", lambda: "end" in shown(me))
        self.assertIsNone(me.run("return window.hacked"))
        self.assertEqual(me.driver.title, "Terminal on shell · Sloop")
        self.assertNoComplaints(me, SLOW)

    def test_it_ends_with_the_session_and_nobody_else_can_open_it(self):
        me = self.me
        self.open(me)
        sloop("access-key", "create", "--account", "red")
        other = self.browser("red")
        other.open("/instances/shell/terminal").sees("Not here")
        first = me.driver.current_window_handle
        me.driver.switch_to.new_window("tab")
        me.open("/").press("Sign out")
        me.driver.switch_to.window(first)
        me.sees("ended", within="#terminal-state")
        me.click("#terminal-again")
        until("a reason", lambda: "Your session has ended" in shown(me))

    def test_a_server_that_was_started_again_has_forgotten_it(self):
        me = self.me
        self.open(me)
        self.server().end()
        me.sees("Sloop does not answer", within="#terminal-state")
        self.server().start()
        me.sees("ended", within="#terminal-state")
        me.click("#terminal-again")
        self.connected(me)
        me.type("echo ag''ain\n")
        until("the answer", lambda: "again" in shown(me))

    def test_an_instance_that_is_stopped_says_so(self):
        me = self.me
        self.open(me)
        sloop("instance", "stop", "shell")
        me.sees("ended", within="#terminal-state")
        me.open("/instances/shell/terminal").sees("The instance is stopped; a terminal needs one that runs.", "To shell")
