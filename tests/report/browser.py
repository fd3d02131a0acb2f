"""Chromium, without a window and without a network, over its debugging pipe."""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile

LIMIT_S = 60

# Of WCAG's contrast: how light a colour is, as getComputedStyle() has it.
LIGHT = """function light(c) {
  var v = c.match(/[0-9.]+/g).slice(0, 3).map(function (x) {
    x /= 255;
    return x <= .04045 ? x / 12.92 : Math.pow((x + .055) / 1.055, 2.4);
  });
  return .2126 * v[0] + .7152 * v[1] + .0722 * v[2];
}
function contrast(a, b) {
  return (Math.max(light(a), light(b)) + .05) /
    (Math.min(light(a), light(b)) + .05);
}"""


def check(what, is_so, *details):
    if not is_so:
        sys.exit("%s: %s" % (what, details))


class Browser:
    def __init__(self):
        self.profile = tempfile.mkdtemp()
        ours_r, theirs_w = os.pipe()
        theirs_r, ours_w = os.pipe()
        self.events, self.number, self.rest = [], 0, b""
        # It reads from descriptor 3 and writes to 4.
        self.process = subprocess.Popen(
            ["sh", "-c", "exec \"$@\" 3<&%d 4>&%d" % (theirs_r, theirs_w),
             "sh", "timeout", str(LIMIT_S), "chromium", "--headless=new",
             "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--remote-debugging-pipe", "--no-first-run",
             "--disable-background-networking", "--disable-dev-shm-usage",
             "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
             "--user-data-dir=" + self.profile, "about:blank"],
            pass_fds=(theirs_r, theirs_w), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(theirs_r)
        os.close(theirs_w)
        self.read, self.write = ours_r, ours_w
        target = self.call("Target.createTarget", url="about:blank")
        self.session = self.call("Target.attachToTarget", flatten=True,
                                 targetId=target["targetId"])["sessionId"]
        for domain in "Page", "Runtime", "Network", "Log":
            self.page(domain + ".enable")

    def message(self):
        while b"\0" not in self.rest:
            more = os.read(self.read, 1 << 16)
            if not more:
                raise RuntimeError("chromium ended")
            self.rest += more
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, **params):
        self.number += 1
        request = {"id": self.number, "method": method, "params": params}
        if session:
            request["sessionId"] = session
        os.write(self.write, json.dumps(request).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError("%s: %s" % (method, answer["error"]))
                return answer["result"]
            self.events.append(answer)

    def page(self, method, **params):
        return self.call(method, session=self.session, **params)

    def open(self, path, width, height=800, dark=False, scripts=True,
             phone=True):
        """Narrow ones are phones, unless they are just narrow windows."""
        self.visit("file://" + os.path.abspath(path), width, height, dark,
                   scripts, phone)

    def visit(self, url, width, height=800, dark=False, scripts=True,
              phone=True):
        self.page("Emulation.setDeviceMetricsOverride", width=width,
                  height=height, deviceScaleFactor=1,
                  mobile=phone and width < 600)
        self.page("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme",
             "value": "dark" if dark else "light"}])
        self.page("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.events = []
        self.page("Page.navigate", url=url)
        while not any(e.get("method") == "Page.loadEventFired"
                      for e in self.events):
            self.events.append(self.message())

    def run(self, script):
        """The value of an expression, in the page."""
        r = self.page("Runtime.evaluate", expression=script,
                      returnByValue=True)
        if "exceptionDetails" in r:
            raise RuntimeError(r["exceptionDetails"])
        return r["result"].get("value")

    def requests(self):
        return [e["params"]["request"]["url"] for e in self.events
                if e.get("method") == "Network.requestWillBeSent"]

    def complaints(self):
        return [e["params"]["entry"]["text"] for e in self.events
                if e.get("method") == "Log.entryAdded"]

    def picture(self, path):
        """All of the page, however long."""
        shot = self.page("Page.captureScreenshot", format="png",
                         captureBeyondViewport=True)
        with open(path, "wb") as f:
            f.write(base64.b64decode(shot["data"]))

    def print(self, path):
        pdf = self.page("Page.printToPDF", preferCSSPageSize=True,
                        printBackground=False)
        with open(path, "wb") as f:
            f.write(base64.b64decode(pdf["data"]))

    def close(self):
        os.close(self.write)
        os.close(self.read)
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)
