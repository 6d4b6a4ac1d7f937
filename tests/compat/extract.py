"""Writes too_new.json anew from MDN's browser-compat-data: `python -m tests.compat.extract FOLDER_OF_THE_PACKAGE`.

The package (@mdn/browser-compat-data of npm, CC0) has 20 MB; what is asked of it is a few thousand names, and a test
must run where there is no Node. What a browser of 2021 knows never changes, so the file is as good as the package, but
for names that came into the world after it: whoever uses one writes it anew.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OLDEST = {"chrome": (92,), "chrome_android": (92,), "safari_ios": (15, 4), "firefox": (115,)}
"""The tablets that kitchens have: iPadOS 15.4, and Android's browsers of 2021; Firefox's last one for Windows 7."""
FILE = Path(__file__).parent / "too_new.json"

Names = dict[str, str]
"""A feature's name and what does not have it: `{"Object.hasOwn": "chrome 93"}`."""


def lacks(compat: dict[str, Any]) -> str:
    """The browser of OLDEST that lacks a feature, and since which version it has it; empty when all have it."""
    for browser, oldest in OLDEST.items():
        support = compat["support"].get(browser, {"version_added": False})
        # the first statement is of the present; one with a flag or another name is of no use to a page
        ways = [way for way in (support if isinstance(support, list) else [support]) if _is_plain(way)]
        since = next((str(way["version_added"]) for way in ways if way["version_added"]), "")
        if not re.match(r"≤?\d", since) or _version(since) > oldest:
            return f"{browser} {since or 'never'}"
    return ""


def _is_plain(way: dict[str, Any]) -> bool:
    gone = way.get("version_removed")
    return not way.get("flags") and not way.get("prefix") and not way.get("alternative_name") and not gone


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text.lstrip("≤")))


def extract(data: dict[str, Any]) -> dict[str, Any]:
    """All that the lint of styles and scripts asks for."""
    css, javascript, api = data["css"], data["javascript"], data["api"]
    return {
        "source": f"@mdn/browser-compat-data {data['__meta']['version']}",
        "oldest": {browser: ".".join(map(str, version)) for browser, version in OLDEST.items()},
        "css": {
            "known": sorted(name for name in css["properties"] if name != "__compat"),
            "properties": dict(_new(css["properties"])),
            "values": {
                f"{name}: {value}": lack
                for name, features in css["properties"].items()
                if name != "__compat" and not lacks(features["__compat"])
                for value, lack in _new(features)
                if re.fullmatch(r"[a-z-]+", value)
            },
            "functions": dict(_functions(css["types"])),
            "units": dict(_new(css["types"]["length"])),
            "at-rules": dict(_new(css["at-rules"])),
            "selectors": dict(_new(css["selectors"])),
        },
        "js": {
            "globals": {**dict(_new(api)), **dict(_new(javascript["builtins"]))},
            "statics": dict(_statics(api, {**javascript["builtins"], **javascript["builtins"]["Intl"]})),
            "members": _members({**api, **javascript["builtins"], **javascript["builtins"]["Intl"]}),
            "syntax": {
                f"{kind}.{name}": lack
                for kind in ("classes", "functions", "grammar", "operators", "regular_expressions", "statements")
                for name, lack in _new(javascript[kind])
            },
        },
    }


def _new(features: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, feature in features.items():
        if name != "__compat" and "__compat" in feature and (lack := lacks(feature["__compat"])):
            yield name, lack


def _functions(types: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """CSS functions lie at any depth below the types: `color.color-mix`, `sin`."""
    for name, feature in types.items():
        if name == "__compat" or not isinstance(feature, dict):
            continue
        if "__compat" in feature and (lack := lacks(feature["__compat"])):
            yield name, lack
        yield from _functions(feature)


def _statics(api: dict[str, Any], builtins: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """`Object.hasOwn`, `AbortSignal.timeout`: what is asked of a class that is there."""
    for owner, features in {**api, **builtins}.items():
        if owner == "__compat" or "__compat" not in features or lacks(features["__compat"]):
            continue
        for name, lack in _new(features):
            if owner in builtins or name.endswith("_static"):
                yield f"{owner}.{name.removesuffix('_static')}", lack


def _members(classes: dict[str, Any]) -> Names:
    """Names of members that no class of the oldest browsers has: `findLast`, `checkVisibility`."""
    new: Names = {}
    old: set[str] = set()
    for owner, features in classes.items():
        if owner == "__compat":
            continue
        for name, feature in features.items():
            if name == "__compat" or "__compat" not in feature:
                continue
            if lack := lacks(feature["__compat"]):
                new[name.removesuffix("_static").removesuffix("_event")] = lack
            else:
                old.add(name.removesuffix("_static").removesuffix("_event"))
    return {name: lack for name, lack in new.items() if name not in old and re.fullmatch(r"[a-z]\w*", name)}


if __name__ == "__main__":
    package = Path(sys.argv[1])
    names = extract(json.loads((package / "data.json").read_text(encoding="utf-8")))
    FILE.write_text(json.dumps(names, indent=0, sort_keys=True, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{FILE}: {FILE.stat().st_size} bytes")
