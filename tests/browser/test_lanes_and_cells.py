"""Where tickets stand, asked directly: down the lanes, or in the cells of the grid, and where a long one is torn."""

from __future__ import annotations

from .conftest import Ask

LAYOUT = """
const { pagesOfLanes } = await load("kitchen/state/layouts/lanes");
const block = (key, rows, more = {}) => ({
  key, firstPx: 50, nextPx: 57, tornPx: 0, refPx: 20, isWhole: false,
  rows: rows.map((px) => ({ px, kind: "dish" })), ...more,
});
const room = (lanes, heightPx) => ({ lanes, heightPx, gapPx: 10, footPx: 40, stripPx: 20 });
const keysOf = (pages) => pages.map((page) => page.lanes.map((lane) => lane.map((piece) => piece.key)));
"""


async def test_tickets_go_down_a_lane_and_then_into_the_next(ask: Ask) -> None:
    assert await ask(
        LAYOUT + 'return keysOf(pagesOfLanes(["a", "b", "c"].map((key) => block(key, [50])), room(2, 210)));'
    ) == [[["a", "b"], ["c"]]]


async def test_no_gap_is_filled_by_a_later_ticket(ask: Ask) -> None:
    tall = 'block("b", [50, 50, 50], { isWhole: true })'
    assert await ask(
        LAYOUT + f'return keysOf(pagesOfLanes([block("a", [50]), {tall}, block("c", [20])], room(3, 210)));'
    ) == [[["a"], ["b"], ["c"]]]


async def test_a_ticket_is_torn_where_a_dish_fits_and_says_what_is_missing(ask: Ask) -> None:
    [page] = await ask(LAYOUT + 'return pagesOfLanes([block("a", [50]), block("b", [30, 30, 30])], room(2, 215));')
    parts = [piece for lane in page["lanes"] for piece in lane if piece["key"] == "b"]
    assert [(part["from"], part["to"], part["part"], part["parts"]) for part in parts] == [(0, 1, 1, 2), (1, 3, 2, 2)]
    assert parts[0]["goesOn"] == "lane"


async def test_the_last_lane_tears_nothing_and_counts_what_follows(ask: Ask) -> None:
    pages = await ask(
        LAYOUT + 'return pagesOfLanes(["a", "b", "c"].map((key) => block(key, [30, 30, 30])), room(1, 300));'
    )
    assert [page["more"] for page in pages] == [2, 0]
    assert all(piece["parts"] == 1 for page in pages for lane in page["lanes"] for piece in lane)


async def test_the_lanes_are_as_many_as_in_the_pictures(ask: Ask) -> None:
    sizes = [(1366, 768, 4), (1920, 1080, 6), (1280, 800, 4), (1024, 768, 3), (800, 1280, 2), (3840, 2160, 6)]
    found = await ask(
        f"const screens = {[list(size[:2]) for size in sizes]};"
        + """
        const { lanesIn } = await load("kitchen/state/layouts/board-shape");
        const { scaleOf, sizesOf } = await load("kitchen/state/layouts/density");
        return screens.map(([widthPx, heightPx]) => {
          const sizes = sizesOf("standard", scaleOf({ widthPx, heightPx }, 1), { widthPx, heightPx });
          return lanesIn(widthPx - 2 * sizes.edge, sizes, { hasRail: true }).lanes;
        });
        """
    )
    assert found == [size[2] for size in sizes]


async def test_what_was_bumped_leaves_its_place_for_a_moment(ask: Ask) -> None:
    assert await ask(
        LAYOUT
        + """
        const { Holes } = await load("kitchen/state/layouts/holes");
        const holes = new Holes();
        const keep = (keys, now, scene = "lanes") => holes
          .keep(keys.map((key) => block(key, [50])), { now, scene, isOwn: () => false })
          .map((each) => each.key + (each.isHole ? "?" : "")).join("");
        return [keep(["a", "b", "c"], 0), keep(["a", "c", "d"], 100), keep(["a", "b", "c", "d"], 200),
          keep(["b", "c", "d"], 300), keep(["b", "c", "d"], 3200), keep(["b", "c", "d"], 3300),
          keep(["c", "d"], 3400, "grid")];
        """
    ) == ["abc", "ab?cd", "abcd", "a?bcd", "a?bcd", "bcd", "cd"]


GRID = """
const { cellsOf, gridShape } = await load("kitchen/state/layouts/grid");
const { sizesOf } = await load("kitchen/state/layouts/density");
const block = (key, rows) => ({
  key, firstPx: 70, nextPx: 77, tornPx: 0, refPx: 20, isWhole: false,
  rows: rows.map((kind) => ({ px: 60, kind, isDone: kind === "line" })),
});
"""


async def test_the_cells_are_as_many_as_in_the_pictures_and_fewer_on_a_tablet(ask: Ask) -> None:
    assert await ask(
        GRID
        + """
        const rooms = [[1346, 656], [1900, 960], [780, 1160]];
        const sizes = sizesOf("standard", 1, { widthPx: 1366, heightPx: 768 });
        const shapes = rooms.map(([widthPx, heightPx]) => gridShape({ widthPx, heightPx }, sizes));
        return shapes.map(({ columns, rows }) => [columns, rows]);
        """
    ) == [[5, 2], [6, 3], [2, 3]]


async def test_a_long_ticket_goes_on_in_the_next_cell_and_its_done_line_makes_none(ask: Ask) -> None:
    assert await ask(
        GRID
        + """
        const rows = [Array(6).fill("dish"), ["dish", "dish", "dish", "line"], ["dish"]];
        const blocks = ["a", "b", "c"].map((key, index) => block(key, rows[index]));
        const cells = cellsOf(blocks, { cellPx: 260, stripPx: 28, perPage: 3 });
        return cells.map((piece) => [`${piece.key}${piece.part}/${piece.parts}`, piece.nextCell ?? null]);
        """
    ) == [["a1/3", 1], ["a2/3", 2], ["a3/3", None], ["b1/1", None], ["c1/1", None]]
