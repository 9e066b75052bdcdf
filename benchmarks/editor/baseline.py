"""The usual way as a yardstick: labels on a 2D canvas of the image's full size, drawn over it at every move."""

import itertools
from typing import Any

from benchmarks.editor.figures import spread
from benchmarks.editor.stage import Stage, drag, picture_box, probe, set_brush, walk
from benchmarks.editor.strokes import wait_saved_within

MOVES = 60
TURNS = 3
WIDTH, HEIGHT = 6000, 4000

PAGE = """
<style>body { margin: 0 } canvas { width: 1100px; height: 800px; display: block }</style>
<canvas id="screen" width="1100" height="800"></canvas>
"""
# As drawn by tools that keep a mask per image on a canvas: stroke into the mask, then picture and mask to the screen,
# and the mask's pixels read back when the stroke is over.
SCRIPT = """([width, height]) => {
  const full = () => Object.assign(document.createElement("canvas"), {width, height});
  const image = full(), mask = full(), screen = document.getElementById("screen").getContext("2d");
  const picture = image.getContext("2d"), paint = mask.getContext("2d");
  for (let i = 0; i < 400; i++) {
    picture.fillStyle = `hsl(${(i * 47) % 360} 40% 50%)`;
    picture.fillRect((i * 977) % width, (i * 613) % height, 700, 500);
  }
  window.moveTo2D = (from, to, diameter) => {
    const startedAt = performance.now();
    Object.assign(paint, {lineWidth: diameter, lineCap: "round", strokeStyle: "#e69f00"});
    paint.beginPath();
    paint.moveTo(...from);
    paint.lineTo(...to);
    paint.stroke();
    screen.globalAlpha = 1;
    screen.drawImage(image, 0, 0, 1100, 800);
    screen.globalAlpha = 0.45;
    screen.drawImage(mask, 0, 0, 1100, 800);
    screen.getImageData(0, 0, 1, 1);
    return performance.now() - startedAt;
  };
  window.endStroke2D = () => {
    const startedAt = performance.now();
    paint.getImageData(0, 0, width, height);
    return performance.now() - startedAt;
  };
}"""


def beside_full_canvas(stage: Stage) -> dict[str, Any]:
    """The same brush (radius 200) on 24 MP here and on a full-size canvas, in turns."""
    ours, theirs, theirs_end, ours_end = [], [], [], []
    with stage.editor(stage.large) as page, stage.page() as other:
        other.goto("about:blank")
        other.set_content(PAGE)
        other.evaluate(SCRIPT, [WIDTH, HEIGHT])
        for turn in range(TURNS):
            page.bring_to_front()
            set_brush(page, 400)
            page.evaluate("probe.clear()")
            drag(page, walk(picture_box(page), MOVES, turn))
            page.wait_for_timeout(200)
            found = probe(page)
            ours += [
                move + frame for move, frame in zip(found["handlers"]["pointermove"], found["frameJs"], strict=False)
            ]
            ours_end += found["handlers"]["pointerup"]
            wait_saved_within(page, 30)
            other.bring_to_front()
            way = walk({"x": 0, "y": 0, "width": WIDTH, "height": HEIGHT}, MOVES, turn)
            for start, end in itertools.pairwise(way):
                theirs.append(other.evaluate("([from, to]) => moveTo2D(from, to, 400)", [start, end]))
            theirs_end.append(other.evaluate("endStroke2D()"))
    figures = {
        "here_per_move": spread(ours),
        "canvas_per_move": spread(theirs),
        "here_at_the_end": spread(ours_end),
        "canvas_at_the_end": spread(theirs_end),
    }
    ratio = figures["canvas_per_move"]["mean_ms"] / figures["here_per_move"]["mean_ms"]
    return figures | {"canvas_over_here": round(ratio, 1)}
