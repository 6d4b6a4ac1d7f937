"""A plot of a benchmark's table: a panel for each column of numbers, a bar for each row."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

INK, BAR = "#22303c", "#2b4d68"
NUMBER = re.compile(r"^[+-]?[\d,]+(?:\.\d+)?")


def plot(markdown: str, path: Path) -> None:
    """Reads the first table of a report and writes an SVG; a report without numbers has none."""
    title = next((line.lstrip("# ") for line in markdown.splitlines() if line.startswith("###")), "")
    header, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in markdown.splitlines()
        if line.startswith("|") and not set(line) <= set("|-")
    ]
    names = [index for index in range(len(header)) if not all(NUMBER.match(row[index]) for row in rows)] or [0]
    panels = [
        index
        for index in range(len(header))
        if index not in names
        and len({row[index] for row in rows}) > 1
        and all(NUMBER.match(row[index]) for row in rows)
    ]
    keys = [index for index in range(max([*names, 0]) + 1)]
    panels = [index for index in panels if index not in keys]
    if not panels:
        return
    labels = [", ".join(row[index] for index in keys if row[index]) for row in rows]
    height = 0.9 + 0.34 * len(rows)
    figure, axes = plt.subplots(1, len(panels), figsize=(3.2 * len(panels) + 2, height), sharey=True, squeeze=False)
    for axis, index in zip(axes[0], panels, strict=True):
        match = [NUMBER.match(row[index]) for row in rows]
        values = [float(found[0].replace(",", "")) for found in match if found]
        axis.barh(range(len(rows)), values, color=BAR)
        axis.bar_label(axis.containers[0], labels=[row[index] for row in rows], fontsize=7, color=INK, padding=2)
        axis.set_yticks(range(len(rows)), labels, fontsize=8)
        axis.set_title(header[index], fontsize=9, color=INK)
        axis.tick_params(axis="x", labelsize=7)
        axis.spines[["top", "right"]].set_visible(False)
        axis.margins(x=0.3)
    axes[0][0].invert_yaxis()
    figure.suptitle(title, fontsize=10, color=INK)
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)
