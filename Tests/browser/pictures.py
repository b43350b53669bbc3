"""Takes the pictures of docs/pictures, of machines of the local engine."""
import os
import time

import stage
from browser import Browser, sloop, until

FOLDER = "docs/pictures"
SCRIPT = """#!/bin/sh
for thing in files settings page; do echo "installing $thing"; sleep 0.2; done
echo "ready on $(hostname)"
"""


def main():
    stage.setUpModule()
    me = Browser()
    try:
        os.makedirs(FOLDER, exist_ok=True)
        me.sign_in()
        take(me)
    finally:
        me.close()
        stage.tearDownModule()


def take(me):
    make(me, "shop", "static-site", "small", "new", "team=blue, stage=live")
    make(me, "blog", "static-site", "nano", "pair:laptop", "team=blue")
    make(me, "build", "sandbox", "medium", "pair:laptop", "team=red", "#!/bin/sh\necho 'no space left'\nexit 3\n")
    make(me, "old-shop", "sandbox", "nano", "pair:laptop", "")
    me.open("/instances/old-shop").press("Stop").sees("stopped", within="#instance-head")
    me.open("/").look(1280, height=720)
    picture(me, "instances")
    me.open("/create").look(1280, height=860)
    me.fill("count", "2").choose("plan", "small").fill("name", "web")
    me.run("document.querySelectorAll('legend')[4].scrollIntoView(); scrollBy(0, -90); document.activeElement.blur()")
    picture(me, "create")
    me.open("/keys/laptop").press("Rotate to a new key…").press("I have saved it, rotate now")
    until("the rotation", lambda: me.text("#key-rotations").count("refused") > 3)
    me.look(1280, dark=True, height=760)
    picture(me, "rotation")
    me.open("/instances/shop").look(390, dark=True, height=844)
    picture(me, "phone")


def make(me, name, blueprint, plan, key, tags, script=SCRIPT):
    me.open("/create").choose("blueprint", blueprint).choose("plan", plan).choose("key", key).fill("name", name)
    if key == "new":
        me.fill("new-key", "laptop")
    me.fill("tags", tags).fill("script", script).press("Create")
    me.open(f"/instances/{name}").sees("script ", within="#instance-launch")
    until("the end of the script", lambda: "after" in me.text("#instance-launch"))


def picture(me, name):
    me.driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": 1, "y": 1})
    time.sleep(0.5)
    file = f"{FOLDER}/{name}.png"
    me.picture(file, whole=False)
    print(f"{file}: {os.path.getsize(file)} bytes")


main()
