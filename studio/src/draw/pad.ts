// A gamepad whose buttons light up and whose sticks move.

import { s } from "../dom"
import { t } from "../text"

const BUTTONS: Record<string, [number, number, number, string]> = {
  a: [222, 92, 11, "A"], b: [244, 70, 11, "B"], x: [200, 70, 11, "X"], y: [222, 49, 11, "Y"],
  back: [130, 62, 7, "‹"], start: [170, 62, 7, "≡"], guide: [150, 42, 9, "●"],
  dpad_up: [110, 92, 7, "▲"], dpad_down: [110, 124, 7, "▼"], dpad_left: [94, 108, 7, "◀"], dpad_right: [126, 108, 7, "▶"],
  lb: [84, 24, 9.5, "LB"], rb: [216, 24, 9.5, "RB"],
}
const STICKS: Record<string, [number, number]> = { left: [78, 70], right: [190, 108] }

export interface Driven { buttons: string[]; axes: Record<string, number> }

/** Whether all that is driven lies on a gamepad. */
export function isPad(outputs: string[]): boolean {
  return outputs.includes("gamepad")
}

/** Handles of the sticks' directions and the triggers, for pictures on which they can be chosen: place, size and sign. */
const HANDLES: Record<string, [number, number, number, number, string]> = {
  left_x: [66, 99, 26, 11, "↔"], left_y: [49, 70, 11, 26, "↕"], right_x: [190, 137, 26, 11, "↔"], right_y: [161, 108, 11, 26, "↕"],
  left_trigger: [84, 7, 30, 12, "LT"], right_trigger: [216, 7, 30, 12, "RT"],
}

export interface Pad { picture: SVGSVGElement; show: (driven: Driven) => void; parts: Map<string, SVGElement> }

/** The picture; with `handles`, what can be chosen on it is in `parts`, by name. */
export function pad(handles = false): Pad {
  const picture = s("svg", { viewBox: "0 0 300 190", role: "img", class: "pad" },
    s("path", { class: "body", d: "M70 24h160c40 0 52 60 58 104 6 42-28 58-50 26l-22-22H84l-22 22c-22 32-56 16-50-26 6-44 18-104 58-104z" }))
  const buttons = new Map<string, SVGElement>(), sticks = new Map<string, SVGElement>(), triggers = new Map<string, SVGElement>()
  for (const [name, [x, y, r, text]] of Object.entries(BUTTONS)) {
    const button = s("g", { class: "button" }, s("circle", { cx: x, cy: y, r }), s("text", { x, y: y + 4, "text-anchor": "middle" }, text))
    buttons.set(name, button)
    picture.append(button)
  }
  for (const [side, [x, y]] of Object.entries(STICKS)) {
    const knob = s("circle", { cx: x, cy: y, r: 11, class: "knob" })
    picture.append(s("circle", { cx: x, cy: y, r: 18, class: "well" }), knob)
    sticks.set(side, knob)
  }
  for (const [side, x] of [["left", 70], ["right", 202]] as const) {
    const full = s("rect", { x, y: 2, width: 0, height: 8, rx: 3, class: "full" })
    picture.append(s("rect", { x, y: 2, width: 28, height: 8, rx: 3, class: "well" }), full)
    triggers.set(side, full)
  }
  const parts = new Map(buttons)
  for (const [name, [x, y, width, height, sign]] of handles ? Object.entries(HANDLES) : []) {
    const handle = s("g", { class: "handle" },
      s("rect", { x: x - width / 2, y: y - height / 2, width, height, rx: 4 }), s("text", { x, y: y + 3.5, "text-anchor": "middle" }, sign))
    parts.set(name, handle)
    picture.append(handle)
  }
  for (const [side, knob] of handles ? sticks : []) parts.set(side === "left" ? "ls" : "rs", knob)
  return {
    picture,
    parts,
    show({ buttons: pressed, axes }) {
      for (const [name, button] of buttons) button.classList.toggle("on", pressed.includes(name))
      for (const [side, knob] of sticks)
        knob.setAttribute("transform", `translate(${(axes[`${side}_x`] ?? 0) * 12} ${-(axes[`${side}_y`] ?? 0) * 12})`)
      for (const [side, full] of triggers) full.setAttribute("width", String(28 * Math.max(0, axes[`${side}_trigger`] ?? 0)))
      const moved = Object.entries(axes).filter(([, value]) => value).map(([name, value]) => `${name} ${value.toFixed(2)}`)
      picture.setAttribute("aria-label", `${t("driven")}: ${[...pressed, ...moved].join(", ") || t("nothing_driven")}`)
    },
  }
}
