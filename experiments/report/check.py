"""Opens reports in headless Chromium and uses them as a person would; see README.md.

usage: check.py --lts PROGRAM -o DIR [--measured RUN_DIR]...
"""

import argparse
import contextlib
import json
import pathlib
import shutil
import subprocess
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIZES = {"wide": (1280, 900), "narrow": (360, 740)}
POINT = """() => {
  const stage = document.querySelector(".stage"), box = stage.getBoundingClientRect();
  const times = [];
  for (let i = 0; i < 400; ++i) {
    const x = box.left + box.width * (0.15 + 0.8 * ((i * 37) % 400) / 400);
    const y = box.top + box.height * (0.1 + 0.75 * ((i * 91) % 400) / 400);
    const begun = performance.now();
    stage.dispatchEvent(new PointerEvent("pointermove", {clientX: x, clientY: y, bubbles: true}));
    stage.getBoundingClientRect();
    times.push(performance.now() - begun);
  }
  times.sort((a, b) => a - b);
  return [times[200], times[396]];
}"""
FRAMES = """() => new Promise((done) => {
  const stage = document.querySelector(".stage"), box = stage.getBoundingClientRect();
  const times = [];
  let before = performance.now(), i = 0;
  const step = (now) => {
    times.push(now - before);
    before = now;
    if (++i === 60) return done(times.slice(5).sort((a, b) => a - b)[52]);
    const x = box.left + box.width * (0.2 + i / 100), y = box.top + box.height / 2;
    stage.dispatchEvent(new PointerEvent("pointermove", {clientX: x, clientY: y, bubbles: true}));
    if (i % 10 === 0) stage.dispatchEvent(new KeyboardEvent("keydown", {key: "+", bubbles: true}));
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})"""


class Checks:
    def __init__(self):
        self.failed = 0

    def that(self, what, holds, found=""):
        if not holds:
            self.failed += 1
        print(f"{'ok  ' if holds else 'FAIL'} {what} {found if found != '' else ''}".rstrip())


def make_runs(lts, folder):
    """Run folders: 5,000 random members, two evolutions, and fronts of two and of one objective."""
    runs = {}
    searches = {
        "many": ["random.yaml", "--set", "search.iterations=100", "--set",
                 "search.samples_per_iteration=50"],
        "evolution": ["closed-form.yaml", "--set", "search.iterations=20"],
        "evolution-2": ["closed-form.yaml", "--set", "search.iterations=20", "--set",
                        "search.seed=2", "--set", "search.space_seed=2"],
        "two-objectives": ["nsga2.yaml", "--set", "objectives=[{name: size, proxy: decoder_params, "
                           "direction: maximize}, {name: file, proxy: onnx_file_mib, "
                           "direction: minimize}]"],
        "one-objective": ["random.yaml", "--set", "objectives=[{name: file, proxy: onnx_file_mib, "
                          "direction: minimize}]"],
    }
    for name, (config, *more) in searches.items():
        runs[name] = folder / name
        shutil.rmtree(runs[name], ignore_errors=True)
        subprocess.run([lts, "search", ROOT / "configs" / "search" / config, "-o", runs[name],
                        *more], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return runs


def report(lts, folder, *runs):
    done = subprocess.run([lts, "report", *runs, "-o", folder, "--json"], check=True,
                          capture_output=True, text=True)
    return pathlib.Path(json.loads(done.stdout)["path"]).resolve()


@contextlib.contextmanager
def opened(browser, checks, path, name, **options):
    """A page; what it asks for and what it complains of are faults."""
    context = browser.new_context(**options)
    page = context.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path.as_uri())
    yield page
    others = [url for url in asked if url != path.as_uri() and not url.startswith("data:")]
    checks.that(f"{name}: no request leaves the page", not others, others or "")
    checks.that(f"{name}: no error and no warning", not said, said or "")
    context.close()


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def look(browser, checks, path, name, folder):
    """Screenshots in both schemes and widths, and axe-core's findings."""
    for scheme in ("light", "dark"):
        for size, (width, height) in SIZES.items():
            with opened(browser, checks, path, f"{name}, {scheme}, {size}", color_scheme=scheme,
                        viewport={"width": width, "height": height}) as page:
                checks.that(f"{name}, {scheme}, {size}: no wider than the window", fits(page))
                page.screenshot(path=folder / f"{name}-{scheme}-{size}.png", full_page=True)
                found = Axe().run(page).response["violations"]
                found = [f"{v['id']}: {v['nodes'][0]['html'][:90]}" for v in found]
                checks.that(f"{name}, {scheme}, {size}: accessible (axe-core)", not found,
                            found or "")


def read_without_scripts(browser, checks, path, name, folder):
    with opened(browser, checks, path, f"{name}, no scripts", java_script_enabled=False,
                viewport={"width": 1000, "height": 900}) as page:
        page.screenshot(path=folder / f"{name}-no-scripts.png", full_page=True)
        checks.that(f"{name}, no scripts: pictures and table",
                    page.locator("figure svg.chart").first.is_visible()
                    and page.locator("#members tbody tr").first.is_visible())
        checks.that(f"{name}, no scripts: nothing that needs them",
                    page.locator(".scripted:visible, button:visible").count() == 0)


def use(browser, checks, path, name, folder, lts):
    """Points, keeps, zooms, sorts, copies; by mouse and by keyboard."""
    with opened(browser, checks, path, f"{name}, used", viewport={"width": 1280, "height": 900},
                permissions=["clipboard-read", "clipboard-write"]) as page:
        stage = page.locator(".stage").first
        stage.focus()
        for key in ("ArrowRight", "ArrowRight", "Enter"):
            page.keyboard.press(key)
        checks.that(f"{name}: keys keep a member", page.locator("#kept-list li").count() == 1)
        said = page.locator("#said").text_content()
        checks.that(f"{name}: and say so", said.startswith("kept: "), said)
        box = stage.bounding_box()
        page.locator("#front").screenshot(path=folder / f"{name}-keys.png")
        page.evaluate("document.activeElement.blur()")
        page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
        tip = page.locator("#tip")
        spot = page.evaluate("""() => {
          const mark = document.querySelectorAll(".plot .front .mark")[5].getBoundingClientRect();
          return [mark.x + mark.width / 2, mark.y + mark.height / 2]; }""")
        page.mouse.move(*spot)
        checks.that(f"{name}: pointing shows the architecture",
                    tip.is_visible() and "n_layer" in tip.text_content())
        page.screenshot(path=folder / f"{name}-pointed.png")
        page.mouse.click(*spot)
        checks.that(f"{name}: a click keeps it", page.locator("#kept-list li").count() == 2)
        page.locator("#kept-list button", has_text="Copy").last.click()
        command = page.evaluate("navigator.clipboard.readText()")
        checks.that(f"{name}: copies a command", command.startswith("lts train configs/train/"),
                    command)
        words = subprocess.run(["bash", "-c", f"printf '%s\\n' {command}"], check=True,
                               capture_output=True, text=True).stdout.splitlines()
        model = words[words.index("--model") + 1]
        done = subprocess.run([lts, "describe", model, "--json"], capture_output=True, text=True,
                              check=False)
        checks.that(f"{name}: whose --model lts takes", done.returncode == 0, done.stderr)
        page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
        box = stage.bounding_box()
        page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.7, steps=4)
        page.mouse.up()
        checks.that(f"{name}: dragging zooms",
                    "scale(" in page.locator(".marks").first.get_attribute("transform"))
        checks.that(f"{name}: and keeps nothing", page.locator("#kept-list li").count() == 2)
        page.locator("#front").screenshot(path=folder / f"{name}-zoomed.png")
        stage.dblclick(position={"x": 5, "y": box["height"] - 5})
        checks.that(f"{name}: a double click zooms out",
                    page.locator(".marks").first.get_attribute("transform") == "")
        header = page.locator("#members thead th").last
        for direction in ("ascending", "descending"):
            header.locator("button").click()
            values = page.eval_on_selector_all(
                "#members tbody tr td:last-child", "c => c.map(x => Number(x.dataset.value))")
            checks.that(f"{name}: sorts {direction}",
                        header.get_attribute("aria-sort") == direction
                        and values == sorted(values, reverse=direction == "descending"))
        page.locator("#members tbody input").first.check()
        checks.that(f"{name}: a tick keeps a member", page.locator("#kept-list li").count() == 3)
        page.locator("#drop-all").click()
        checks.that(f"{name}: and all can be dropped", page.locator("#kept-list li").count() == 0)


def switch_runs(browser, checks, path, name):
    with opened(browser, checks, path, f"{name}, switched",
                viewport={"width": 1280, "height": 900}) as page:
        page.locator("#front .legend button").nth(1).click()
        checks.that(f"{name}: a run is switched off everywhere",
                    page.locator("#members tr[data-run='1']:visible").count() == 0
                    and page.locator(".plot .of1:visible").count() == 0
                    and page.locator("#members tr[data-run='0']:visible").count() > 0)


def time_many(browser, checks, path):
    with opened(browser, checks, path, "many, timed",
                viewport={"width": 1280, "height": 900}) as page:
        points = page.evaluate("JSON.parse(document.getElementById('data').textContent)"
                               ".runs.reduce((sum, run) => sum + run.id.length, 0)")
        middle, slow = page.evaluate(POINT)
        frame = page.evaluate(FRAMES)
        loaded = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
        print(f"     {points} points: pointing takes {middle:.2f} ms (99 %: {slow:.2f} ms),"
              f" a frame while pointing and zooming {frame:.1f} ms (95 %), loaded in {loaded:.0f} ms,"
              f" {path.stat().st_size / 1e6:.2f} MB")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lts", type=pathlib.Path, required=True)
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True)
    parser.add_argument("--measured", type=pathlib.Path, action="append", default=[])
    args = parser.parse_args()
    lts, folder = args.lts.resolve(), args.output.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    runs = make_runs(lts, folder)
    pages = {name: report(lts, folder / f"{name}-report", run) for name, run in runs.items()}
    for run in args.measured:
        pages[f"measured-{run.name}"] = report(lts, folder / f"measured-{run.name}", run)
    pages["three-runs"] = report(lts, folder / "three-runs", runs["evolution"],
                                 runs["evolution-2"], runs["many"])
    checks = Checks()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        for name, path in pages.items():
            look(browser, checks, path, name, folder)
            read_without_scripts(browser, checks, path, name, folder)
            if name != "one-objective":  # its front has one member: nothing to choose among
                use(browser, checks, path, name, folder, lts)
        switch_runs(browser, checks, pages["three-runs"], "three-runs")
        time_many(browser, checks, pages["many"])
        browser.close()
    print(f"{checks.failed} failed" if checks.failed else "all held")
    sys.exit(1 if checks.failed else 0)


if __name__ == "__main__":
    main()
