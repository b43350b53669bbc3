"""Measures how long a key takes to come back from a shell in the browser, on the local engine."""
import statistics
import time

import stage
from browser import Browser

KEYS = 200
# From the key to the bytes that it came back as, and to the next picture after they were given to the terminal.
WATCH = """
window.echoes = [];
let pressed = 0;
addEventListener("keydown", () => { pressed = performance.now(); }, true);
const add = EventSource.prototype.addEventListener;
EventSource.prototype.addEventListener = function (name, listener) {
  add.call(this, name, name !== "output" ? listener : (event) => {
    const [since, arrived] = [pressed, performance.now()];
    listener(event);
    if (since) requestAnimationFrame(() => echoes.push([arrived - since, performance.now() - since]));
    pressed = 0;
  });
};
"""


def main():
    stage.setUpModule()
    me = Browser()
    try:
        me.sign_in()
        me.before_pages(WATCH)
        me.open("/create").fill("name", "echo").choose("key", "default").press("Create")
        me.sees("running", within="#instance-head").press("Open a terminal here").sees("connected", within="#terminal-state")
        time.sleep(1)
        for _ in range(KEYS):
            me.driver.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "keyDown", "text": "a", "key": "a"})
            me.driver.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "keyUp", "key": "a"})
            time.sleep(0.05)
        echoes = me.run("return echoes")
    finally:
        me.close()
        stage.tearDownModule()
    for index, what in enumerate(("back from the shell", "drawn")):
        times = sorted(echo[index] for echo in echoes)
        print(f"{what}: median {statistics.median(times):.1f} ms, 95 % within {times[len(times) * 95 // 100]:.1f} ms, "
              f"all within {times[-1]:.1f} ms, of {len(times)} keys")


main()
