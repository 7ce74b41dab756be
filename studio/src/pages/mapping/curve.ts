// A response curve: what comes out for what goes in, with the live value as a dot.

import { s } from "../../dom"
import { t } from "../../text"
import type { Shape } from "./draft"

const STEPS = 100

/** What an axis becomes, for 0 to 1; as AxisShape.shaped, without the slew limit. */
export function shaped(shape: Shape, value: number): number {
  const dead = shape.dead_zone ?? 0, outer = shape.outer_dead_zone ?? 0, anti = shape.anti_dead_zone ?? 0
  if (value <= dead) return 0
  const size = Math.min((value - dead) / Math.max(1 - dead - outer, 1e-9), 1)
  return anti + (1 - anti) * bent(shape.curve ?? 1, size)
}

/** What a proportional action makes of the muscles' intensity, 0 to 1. */
export function proportional(action: Shape, intensity: number): number {
  const dead = action.dead_zone ?? 0.1
  return Math.pow(Math.max(0, Math.min(intensity, 1) - dead) / Math.max(1 - dead, 1e-9), action.curve ?? 1) * Math.abs(action.full ?? 1)
}

export interface Curve { picture: SVGSVGElement; show: (how: (value: number) => number) => void; live: (input: number | null) => void }

/** A picture of a curve from 0 to 1. */
export function curve(title: string, across: string, up: string): Curve {
  const line = s("polyline", { class: "line", fill: "none" }), dot = s("circle", { r: 4, class: "dot", visibility: "hidden" })
  const picture = s("svg", { viewBox: "-16 -8 140 132", role: "img", class: "curve" },
    ...[0.25, 0.5, 0.75].map(at => s("path", { d: `M${100 * at} 0V100M0 ${100 * at}H100`, class: "web" })),
    s("path", { d: "M0 0V100H100", class: "frame" }), line, dot,
    s("text", { x: 50, y: 116, "text-anchor": "middle" }, across), s("text", { x: -7, y: 50, "text-anchor": "middle", transform: "rotate(-90 -7 50)" }, up))
  let how = (value: number) => value
  return {
    picture,
    show(given) {
      how = given
      const points = Array.from({ length: STEPS + 1 }, (_, step) => step / STEPS)
      line.setAttribute("points", points.map(at => `${(100 * at).toFixed(1)},${(100 - 100 * Math.min(1, how(at))).toFixed(1)}`).join(" "))
      picture.setAttribute("aria-label", `${title}: ${[0.25, 0.5, 0.75, 1].map(at => t("in_out", at, how(at).toFixed(2))).join(", ")}`)
    },
    live(input) {
      dot.setAttribute("visibility", input === null ? "hidden" : "visible")
      if (input === null) return
      dot.setAttribute("cx", String(100 * input))
      dot.setAttribute("cy", String(100 - 100 * Math.min(1, how(input))))
    },
  }
}

/** What went in for what came out, as far as that can be known. */
export function before(how: (value: number) => number, out: number): number {
  if (!out) return 0
  for (let step = 0; step <= STEPS; step++) if (how(step / STEPS) >= out - 1e-6) return step / STEPS
  return 1
}

function bent(curve: number | [number, number][], size: number): number {
  if (!Array.isArray(curve)) return Math.pow(size, curve)
  const right = Math.max(1, curve.findIndex(([x]) => x > size) === -1 ? curve.length - 1 : curve.findIndex(([x]) => x > size))
  const [x0, y0] = curve[right - 1]!, [x1, y1] = curve[right]!
  return y0 + ((y1 - y0) * (size - x0)) / Math.max(x1 - x0, 1e-9)
}
