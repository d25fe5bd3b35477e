// What stands behind a chart's lines: the warm-up, faults in force, and its objective.

import { computedColor } from "./dom.js";

/** Hooks of uPlot; `drawn` is told of every drawing. */
export function marksOf({ limits }, data, drawn) {
  const shade = computedColor("color-mix(in srgb, var(--soft) 9%, transparent)");
  const fault = computedColor("color-mix(in srgb, var(--bad) 9%, transparent)");
  const bad = computedColor("var(--bad)");
  return {
    drawClear: [(plot) => {
      band(plot, 0, data.warmupUs, shade);
      for (const { beganAt, endedAt } of data.faults) {
        if (endedAt !== null) band(plot, beganAt, endedAt, fault);
      }
    }],
    draw: [(plot) => {
      for (const { beganAt } of data.faults) upright(plot, beganAt, bad);
      for (const limit of limits) level(plot, limit, bad);
      drawn(plot);
    }],
  };
}

function band({ ctx, bbox, valToPos }, fromUs, toUs, color) {
  const place = (us) =>
    Math.min(bbox.left + bbox.width, Math.max(bbox.left, valToPos(us / 1e6, "x", true)));
  const [left, right] = [place(fromUs), place(toUs)];
  if (right <= left) return;
  ctx.save();
  ctx.fillStyle = color;
  ctx.fillRect(left, bbox.top, right - left, bbox.height);
  ctx.restore();
}

function upright({ ctx, bbox, valToPos }, atUs, color) {
  const x = Math.round(valToPos(atUs / 1e6, "x", true)) + 0.5;
  if (x < bbox.left || x > bbox.left + bbox.width) return;
  stroke(ctx, color, [x, bbox.top], [x, bbox.top + bbox.height]);
}

function level({ ctx, bbox, valToPos }, value, color) {
  const y = Math.round(valToPos(value, "y", true)) + 0.5;
  if (y < bbox.top) return;
  stroke(ctx, color, [bbox.left, y], [bbox.left + bbox.width, y]);
}

function stroke(ctx, color, from, to) {
  ctx.save();
  ctx.strokeStyle = color;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(...from);
  ctx.lineTo(...to);
  ctx.stroke();
  ctx.restore();
}
