"""`python -m tests.looks`: photographs the kitchen screens, in a real Chromium, from a real server and database."""

from __future__ import annotations

import argparse
import asyncio
import sys
from fnmatch import fnmatch
from pathlib import Path

import asyncpg
from playwright.async_api import Browser, Page, async_playwright

from tests.bench.deployment import JWT_SECRET, database, note, start_serving
from tests.browser.shared_chromium import CHROMIUM, FLAGS
from tests.looks.kitchen import Kitchen, write_kitchens
from tests.looks.rules import MISPLACED, device_of
from tests.looks.scenes import KITCHENS, SCENES, Scene

SETTLED_S = 0.6
BROKEN_S = {"offline": 5.0, "catching up": 2.2}


async def photograph(folder: Path, pattern: str) -> int:
    """Takes every picture whose name matches; 1 when a page logged an error."""
    scenes = [scene for scene in SCENES if fnmatch(scene.name, pattern)]
    kitchens = {name: make() for name, make in KITCHENS.items()}
    complaints: list[str] = []
    async with database(1) as (_, dsn), async_playwright() as playwright:
        db = await asyncpg.connect(dsn)
        await write_kitchens(db, dsn, list(kitchens.values()))
        await db.close()
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for number, scene in enumerate(scenes, start=1):
            note(f"{number}/{len(scenes)} {scene.name}")
            process, url = await start_serving(dsn)
            try:
                complaints += await _take(browser, url, scene, kitchens[scene.kitchen], process, folder)
            finally:
                if process.returncode is None:
                    process.kill()
                await process.wait()
        await browser.close()
    for complaint in complaints:
        note(complaint)
    return 1 if complaints else 0


async def _take(
    browser: Browser, url: str, scene: Scene, kitchen: Kitchen, process: asyncio.subprocess.Process, folder: Path
) -> list[str]:
    complaints: list[str] = []
    width, height = scene.size
    context = await browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    await context.add_init_script(device_of(scene, kitchen, JWT_SECRET))
    page = await context.new_page()
    page.on("pageerror", lambda error: complaints.append(f"{scene.name}: {error}"))
    await page.goto(f"{url}/kitchen")
    await _live(page)
    for key in scene.keys:
        await page.keyboard.press(key)
    await _befall(scene, process)
    await asyncio.sleep(SETTLED_S)
    await page.screenshot(path=folder / f"{scene.name}.png")
    complaints += [f"{scene.name}: {found}" for found in await page.evaluate(MISPLACED)]
    await context.close()
    return complaints


async def _befall(scene: Scene, process: asyncio.subprocess.Process) -> None:
    if scene.before:
        process.kill()
        await process.wait()
        await asyncio.sleep(BROKEN_S[scene.before])


async def _live(page: Page) -> None:
    badge = page.locator('.health-box[data-phase="live"]')
    await badge.wait_for(timeout=20_000)
    await page.locator(".branch-locality:not(:empty)").wait_for()


def main() -> int:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.looks", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("looks"), help="the folder for the pictures (default: looks)")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="scenes by name, such as 'grid-*'")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    return asyncio.run(photograph(options.out, options.only))


sys.exit(main())
