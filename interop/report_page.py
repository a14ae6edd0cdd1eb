"""The page of `cnnconvert verify --html` in a real browser.

usage: python interop/report_page.py CNNCONVERT

Verifies a trained network as it is, and one whose kernels were turned by half a turn, against the same recorded run, and loads both pages in headless
Chromium by day and in the dark, on a desk and on a phone. Each must have an element for every layer, images that decode, no scrolling
sideways, and nothing to complain about on the console.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import h5py

DIGITS = pathlib.Path(__file__).parent.parent / "fixtures/keras/digits-lenet"
LAYERS = 13
SIZES = ["1200,900", "500,900"]

# Added to a copy of the page: what a browser makes of it, as the text of an element of its own.
PROBE = """<script>
addEventListener("load", function () {
  var all = function (selector) { return Array.from(document.querySelectorAll(selector)); };
  var visible = function (element) { var box = element.getBoundingClientRect(); return box.width > 0 && box.height > 0; };
  var found = {
    nodes: all("svg.graph g.node").filter(visible).length,
    marks: all("svg.plot circle").filter(visible).length,
    images: all("img").length,
    decoded: all("img").filter(function (image) { return image.naturalWidth > 0; }).length,
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    dark: getComputedStyle(document.body).backgroundColor !== "rgb(251, 250, 248)"
  };
  var result = document.createElement("pre");
  result.id = "probe";
  result.textContent = JSON.stringify(found);
  document.body.appendChild(result);
});
</script></body>"""


def browser():
    for name in ["chromium", "chromium-browser", "google-chrome"]:
        if path := shutil.which(name):
            return path
    sys.exit("there is no Chromium on the PATH")


def load(page, size="1200,900", dark=False):
    """The DOM of a page after loading, and what the console says."""
    with tempfile.TemporaryDirectory() as profile:
        command = [browser(), "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", f"--user-data-dir={profile}"]
        command += [f"--window-size={size}", f"--blink-settings=preferredColorScheme={0 if dark else 1}", "--dump-dom", page.resolve().as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def probe(page, size, dark):
    copy = page.with_suffix(".probed.html")
    copy.write_text(page.read_text().replace("</body>", PROBE))
    dom, console = load(copy, size, dark)
    assert not console, console
    return json.loads(re.search(r'<pre id="probe">(.*?)</pre>', dom).group(1))


def turned(model, output):
    """A copy of a model with every kernel of a convolution turned."""
    shutil.copy(model, output)
    with h5py.File(output, "r+") as file:

        def turn(name, item):
            if name.startswith("model_weights") and isinstance(item, h5py.Dataset) and item.ndim == 4:
                item[...] = item[()][::-1, ::-1]

        file.visititems(turn)


def main():
    tool = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        broken = folder / "broken.html"
        broken.write_text("<!DOCTYPE html><script>nothing.here()</script>")
        assert load(broken)[1], "the console of the browser is not seen"
        turned(DIGITS / "model.h5", folder / "turned.h5")
        for model, status, images in [(DIGITS / "model.h5", 0, 0), (folder / "turned.h5", 1, 18)]:
            converted, page = folder / "model.cnnm", folder / "page.html"
            subprocess.run([tool, model, converted], check=True, stdout=subprocess.DEVNULL)
            command = [tool, "verify", converted, "--golden", DIGITS / "golden.npz", "--html", page]
            assert subprocess.run(command, stdout=subprocess.DEVNULL).returncode == status
            dom, console = load(page)
            assert dom.count('class="node ') == LAYERS and not console, console
            for size in SIZES:
                for dark in [False, True]:
                    found = probe(page, size, dark)
                    assert found == {
                        "nodes": LAYERS, "marks": LAYERS, "images": images, "decoded": images, "wide": 0, "dark": dark
                    }, (model.name, size, found)
            print(f"{model.name}: {LAYERS} layers drawn, {images} images, as expected on {len(SIZES)} screens by day and in the dark")


main()
