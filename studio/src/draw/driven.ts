// Small pictures of what a profile drives, by its outputs.

import { h, s } from "../dom"
import { has, t, type Key } from "../text"
import { gesture } from "./gestures"
import { pad } from "./pad"

const PICTURES: Record<string, () => SVGSVGElement> = { gamepad, keyboard, hand: () => gesture("open"), network, console: screen, log: paper }
const SAME: Record<string, string> = { osc: "network", lsl: "network", http: "network" }

/** A picture of each output, with its name; outputs that look the same share one. */
export function driven(outputs: string[]): HTMLElement {
  const kinds = new Map<string, string[]>()
  for (const output of new Set(outputs)) {
    const kind = SAME[output] ?? (output in PICTURES ? output : "network")
    kinds.set(kind, [...(kinds.get(kind) ?? []), output])
  }
  return h("ul", { class: "drives", "aria-label": t("drives_what") }, ...[...kinds].map(([kind, names]) => {
    const picture = PICTURES[kind]!()
    picture.setAttribute("aria-hidden", "true")
    return h("li", {}, picture, h("span", {}, has(`drives_${kind}`) ? t(`drives_${kind}` as Key, names.join(", ")) : names.join(", ")))
  }))
}

function gamepad(): SVGSVGElement {
  const picture = pad().picture
  picture.removeAttribute("role")
  return picture
}

function keyboard(): SVGSVGElement {
  const rows = [0, 1, 2].flatMap(row => Array.from({ length: 7 }, (_, key) => s("rect", { x: 10 + 12 * key + 3 * row, y: 34 + 13 * row, width: 9, height: 9, rx: 2 })))
  return drawn(s("rect", { x: 4, y: 28, width: 98, height: 60, rx: 6 }), ...rows, s("rect", { x: 34, y: 75, width: 40, height: 8, rx: 2 }),
    s("rect", { x: 110, y: 40, width: 24, height: 42, rx: 12 }), s("path", { d: "M122 40v14M110 56h24" }))
}

function network(): SVGSVGElement {
  const nodes = [[70, 24], [26, 88], [114, 88]] as const
  return drawn(s("path", { d: "M70 24L26 88M70 24L114 88M26 88h88" }), ...nodes.map(([cx, cy]) => s("circle", { cx, cy, r: 13 })))
}

function screen(): SVGSVGElement {
  return drawn(s("rect", { x: 16, y: 16, width: 108, height: 78, rx: 6 }), s("path", { d: "M30 38l14 11l-14 11M54 62h26" }), s("path", { d: "M50 108h40M70 94v14" }))
}

function paper(): SVGSVGElement {
  return drawn(s("path", { d: "M38 12h46l20 20v80H38z" }), s("path", { d: "M84 12v20h20M52 52h38M52 68h38M52 84h24" }))
}

function drawn(...parts: SVGElement[]): SVGSVGElement {
  return s("svg", { viewBox: "0 0 140 120", class: "icon" }, ...parts)
}
