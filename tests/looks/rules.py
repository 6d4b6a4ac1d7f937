"""What every picture must keep to, asked of the page itself; and the device that a scene is looked at with."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

from kds.web.login.tokens import Tokens
from tests.looks.kitchen import Kitchen
from tests.looks.scenes import Scene


def device_of(scene: Scene, kitchen: Kitchen, secret: str) -> str:
    """A script that signs a device in to the kitchen, with the settings of the scene."""
    token, expires_at = Tokens(secret, lifetime=timedelta(hours=8)).issue(uuid4(), kitchen.branch_id, "KITCHEN")
    login: dict[str, Any] = {
        "token": token, "role": "KITCHEN", "branchId": str(kitchen.branch_id), "expiresAt": str(expires_at),
    }  # fmt: skip
    values = {"kds.session": login, "kds.settings": {"sounds": False, **scene.settings}}
    return "\n".join(
        f"localStorage.setItem({json.dumps(key)}, {json.dumps(json.dumps(value))});" for key, value in values.items()
    )


MISPLACED = """() => {
  const found = [];
  const name = (node) => `${node.tagName}.${node.className}: ${node.textContent.slice(0, 40)}`;
  const isShown = (node) => node.getBoundingClientRect().width > 0 && !node.closest("[inert], dialog:not([open])");
  const dialog = document.querySelector("dialog[open]");
  const isReached = (node) => isShown(node) && !node.disabled && (!dialog || dialog.contains(node));
  const isInView = (node) => {
    const box = node.getBoundingClientRect();
    const list = node.closest(".earlier-list")?.getBoundingClientRect();
    return !list || (box.bottom <= list.bottom && box.top >= list.top);
  };
  for (const node of document.querySelectorAll("button:not([disabled]), .ticket, .health-box, .clock, .figure")) {
    const box = node.getBoundingClientRect();
    if (!isShown(node) || node.closest(".earlier-list, .stations, dialog")) continue;
    if (box.right > innerWidth + 1 || box.bottom > innerHeight + 1 || box.left < -1 || box.top < -1)
      found.push(`outside the screen: ${name(node)}`);
  }
  // a dish is a row over the whole width of its ticket, as are the rows of the rail
  const LOW = ".dish, .done-line, .completed-row, .station-box, .pass-more";
  // those rows are as high as their letters; what else a finger aims at does not shrink with the board
  const board = document.querySelector(".kitchen") ?? document.body;
  const scale = Math.min(1, parseFloat(getComputedStyle(board).getPropertyValue("--u")) || 1);
  const lost = scale < 1 ? 1 : 0.5;  // borders keep their width
  const least = (node) => (node.matches(LOW) ? 25.5 * scale : 39.5);
  const isSmall = (node, box) =>
    !node.closest("dialog") && (box.height < least(node) - lost || box.width < 39.5);
  const controls = [...document.querySelectorAll("button, input")].filter(isReached).filter(isInView);
  const boxes = controls.map((node) => [node, node.getBoundingClientRect()]);
  for (const [node, box] of boxes)
    if (isSmall(node, box))
      found.push(`too small, ${Math.round(box.width)}x${Math.round(box.height)}: ${name(node)}`);
  const ROWS = ".dish, .done-line, .head, .seen, .station-button, .earlier-row, .station-box, .serve";
  const isRow = (node) => node.matches(ROWS);
  const around = (node) => node.closest(".ticket, .pass-row, .rail") ?? node.closest(".stations, .lanes, ul");
  boxes.forEach(([one, a], index) => {
    for (const [other, b] of boxes.slice(index + 1)) {
      const apart = Math.max(b.left - a.right, a.left - b.right, b.top - a.bottom, a.top - b.bottom);
      const isOneRail = one.closest(".rail") && one.closest(".rail") === other.closest(".rail");
      const wanted = (isRow(one) && isRow(other) && around(one) === around(other)) || isOneRail ? -0.5 : 3.5;
      if (apart < wanted) found.push(`${apart.toFixed(1)} px apart: ${name(one)} and ${name(other)}`);
    }
  });
  return found;
}"""
