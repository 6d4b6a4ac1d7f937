"""How a cook reaches the board: with a finger, with the mouse, or with keys alone. Each does the same things."""

from __future__ import annotations

from playwright.async_api import Locator, expect

from .conftest import BUMPS, Board

DOUBLE_TAP_MS = 450
SELECTS = ".head, .pass-body"
"""What a long press or the right button selects an order with."""

# by its name: where the control is, and its key
CONTROLS = {
    "Rush": (".rush-action", "p"),
    "Hold": (".hold-action", "h"),
    "All day": (".all-day-action", "s"),
    "Undo": (".undo-action", "r"),
    "Recall": (".kitchen:has(.recall-action[hidden]) .completed-row, .recall-action:not([hidden])", "e"),
    "Next page": (".page-button[aria-label='Next page']", "PageDown"),
    "Layout": (".tool-layout", "g"),
    "Earlier orders": (".earlier", "l"),
    "Seen": (".seen:visible", "v"),
}


class InputDevice:
    """A mouse; the others override how it presses."""

    has_touch = False

    async def press(self, control: Locator) -> None:
        """Presses a control."""
        await control.click()

    async def activate(self, control: Locator) -> None:
        """Presses a control of a dialog, where keys have the focus to walk with."""
        await self.press(control)

    async def select(self, board: Board, number: int) -> None:
        """Selects a ticket without doing anything to it: the right button."""
        await board.ticket(number).locator(SELECTS).first.click(button="right")

    async def command(self, board: Board, name: str) -> None:
        """Uses a control of the board by its name."""
        await self.press(board.page.locator(CONTROLS[name][0]).first)

    async def point_at(self, board: Board, number: int) -> None:
        """Points at a ticket, as after "Rush which ticket?"."""
        await self.press(board.ticket(number).locator(BUMPS).first)

    async def bump(self, board: Board, number: int) -> None:
        """One step on; nobody presses a spot twice within the time of a double tap, which the board ignores."""
        await board.page.wait_for_timeout(DOUBLE_TAP_MS)
        await self.press(board.ticket(number).locator(BUMPS).first)

    async def mark(self, board: Board, number: int, index: int) -> None:
        """A dish of a ticket is done, or is not; what was done for a while has to be unfolded first."""
        if await board.ticket(number).locator(".dish").count() <= index:
            await self.press(board.ticket(number).locator(".done-line"))
        await self.press(board.ticket(number).locator(".dish").nth(index))

    async def choose_station(self, board: Board, name: str) -> None:
        """Shows the tickets of a station, of expo or of all."""
        await self.press(board.page.locator(".stations").get_by_role("button", name=name, exact=True))

    async def bump_station(self, board: Board, number: int, station: str) -> None:
        """On expo: this station has done its part."""
        await self.press(board.ticket(number).get_by_role("button", name=station))


class Finger(InputDevice):
    """A touch screen."""

    has_touch = True

    async def press(self, control: Locator) -> None:
        """Taps."""
        await control.tap()

    async def select(self, board: Board, number: int) -> None:
        """A long press."""
        box = await board.ticket(number).locator(SELECTS).first.bounding_box()
        assert box is not None
        devtools = await board.page.context.new_cdp_session(board.page)
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        press = {"x": x, "y": y, "duration": 1_000, "tapCount": 1, "gestureSourceType": "touch"}
        await devtools.send("Input.synthesizeTapGesture", press)


class Keyboard(InputDevice):
    """A keyboard or a bump bar, and nothing else."""

    async def activate(self, control: Locator) -> None:
        """Enter on the control with the focus."""
        await control.focus()
        await control.press("Enter")

    async def select(self, board: Board, number: int) -> None:
        """Its digit, or the arrows."""
        await self.point_at(board, number)

    async def command(self, board: Board, name: str) -> None:
        """Presses its key, which is the one shown on it where it has a button."""
        await board.page.keyboard.press(CONTROLS[name][1])

    async def point_at(self, board: Board, number: int) -> None:
        """Its digit; the arrows where it has none."""
        ticket = board.ticket(number).first
        await expect(ticket).to_be_visible()
        digit = await ticket.locator(".key").inner_text() if await ticket.locator(".key").is_visible() else ""
        if digit:
            await board.page.keyboard.press(digit)
            return
        for key in ("ArrowRight", "ArrowDown") * 6:
            await board.page.keyboard.press(key)
            await board.painted()
            if await ticket.get_attribute("data-selected") is not None:
                return
        raise AssertionError(f"the arrows do not reach {number}")

    async def bump(self, board: Board, number: int) -> None:
        """Selects it and presses Enter."""
        await self.point_at(board, number)
        await board.page.keyboard.press("Enter")

    async def mark(self, board: Board, number: int, index: int) -> None:
        """Selects the ticket, then the dish."""
        await self.point_at(board, number)
        for key in ("i", str(index + 1), "i", "Escape"):
            await board.page.keyboard.press(key)

    async def choose_station(self, board: Board, name: str) -> None:
        """Steps through the stations."""
        chosen = board.page.locator('.stations .station-button[aria-pressed="true"]')
        for _ in range(12):
            if await chosen.inner_text() == name:
                return
            await board.page.keyboard.press("f")
            await board.painted()
        raise AssertionError(f"F does not reach {name}")

    async def bump_station(self, board: Board, number: int, station: str) -> None:
        """Selects the ticket, then the digit on the station's box."""
        await self.point_at(board, number)
        await board.page.keyboard.press("i")
        box = board.ticket(number).get_by_role("button", name=station)
        await board.page.keyboard.press(await box.locator(".keycap").inner_text())
        await board.page.keyboard.press("Escape")


MOUSE = InputDevice()
KEYBOARD = Keyboard()
ALL = [Finger(), MOUSE, KEYBOARD]
NAMES = ["touch", "mouse", "keyboard"]
