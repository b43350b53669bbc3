"""What somebody does who should not get in, and what a server does that goes away."""
import http.server
import signal
import threading

from browser import sloop, until
from stage import Case, listed


class SignIn(Case):
    def test_a_wrong_link_is_refused_beside_the_field(self):
        me = self.browser(account=None)
        me.open("/keys").fill("link", "guess").press("Sign in")
        me.sees("This link was used before, or is older than ten minutes.", "sloop console login")
        # After the right one the browser is where it wanted to go.
        me.fill("link", sloop("console", "login")).press("Sign in").sees("New key pair")
        me.press("Sign out").sees("sloop console login")
        self.assertNotIn("New key pair", me.open("/keys").text())

    def test_a_session_that_has_ended_is_said_on_the_open_page(self):
        me = self.browser()
        me.open("/operations")
        sloop("console", "logout")
        me.sees("Your session has ended. Sign in again to go on.", within="#notice")
        me.open("/operations").sees("sloop console login")

    def test_a_form_on_another_site_does_nothing(self):
        me = self.browser()
        endpoint = me.endpoint

        class Trap(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(
                    f"<form method=post action='{endpoint}/keys'><input name=name value=forged><button>x</button></form>"
                    "<script>document.forms[0].submit()</script>".encode())

            def log_message(self, *words):
                pass

        # Another site, and another origin of the same one, whose requests bring the cookie along.
        for host in ("localhost", "127.0.0.1"):
            with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Trap) as trap:
                threading.Thread(target=trap.serve_forever, daemon=True).start()
                me.driver.get(f"http://{host}:{trap.server_port}/")
                until("the answer", lambda: me.driver.current_url.startswith(endpoint))
                until("a refusal", lambda: "sent by another site" in me.text())
                trap.shutdown()
        self.assertNotIn("forged", [pair["name"] for pair in listed("key", "list")])

    def test_a_token_of_another_session_is_refused(self):
        me, other = self.browser(), self.browser()
        token = other.open("/keys").find("input[name=form-token]").get_attribute("value")
        me.open("/keys").fill("name", "forged")
        me.run("document.querySelectorAll('input[name=form-token]').forEach((one) => { one.value = arguments[0] })", token)
        me.press("Create").sees("This form was not made for this session")
        self.assertNotIn("forged", [pair["name"] for pair in listed("key", "list")])


class Restart(Case):
    def test_a_page_goes_on_when_the_server_comes_back(self):
        for how in (signal.SIGTERM, signal.SIGKILL):
            me = self.browser()
            me.open("/keys")
            me.run("window.mark = 1")
            self.server().end(how)
            me.sees("Sloop does not answer. Trying again…", within="#notice")
            self.server().start()
            until("the notice to go", lambda: not me.find("#notice").is_displayed())
            name = f"after-{how.name.lower()}"
            other = self.browser()
            other.open("/keys").fill("name", name).press("Create")
            me.sees(name)
            self.assertEqual(me.run("return window.mark"), 1)


class Injection(Case):
    def test_tags_and_errors_are_text(self):
        me = self.browser()
        me.open("/create").fill("name", "tagged").choose("key", "default").fill("tags", "a=<img src=x onerror=1>")
        me.press("Create")
        self.assertIn("The tag 'a' is not valid", me.text("#tags-fault"))
        self.assertEqual(me.find("#tags").get_attribute("value"), "a=<img src=x onerror=1>")
        me.fill("tags", "a=é:/@").press("Create").sees("a: é:/@")
        hostile = "\"><script>window.hacked = 1</script>"
        me.fill("tags", hostile).press("Save")
        self.assertEqual(me.find("#tags").get_attribute("value"), hostile)
        self.assertIn("is not valid", me.text("#tags-fault"))
        me.open("/operations?of=<script>window.hacked=1</script>").sees("Operations of <script>window.hacked=1</script>")
        self.assertIsNone(me.run("return window.hacked"))
        sloop("instance", "delete", "tagged")
        self.assertNoComplaints(me)
