// A ring that empties while a gesture is held, with a tick a second, around its drawing.

import { s } from "../dom"
import { gesture, movingHand } from "./gestures"

export interface Countdown {
  picture: SVGSVGElement
  begin: (label: string, seconds: number) => void
  show: (left_s: number, fingers: Record<string, number>) => void
}

export function countdown(): Countdown {
  const left = s("circle", { r: 92, class: "left", pathLength: 1, transform: "rotate(-90)" }), ticks = s("g", {}), inside = s("g", {})
  const picture = s("svg", { viewBox: "-100 -100 200 200", class: "countdown", "aria-hidden": "true" },
    s("circle", { r: 92, class: "all" }), left, ticks, inside)
  let of = 1, drawn = "", moving: ReturnType<typeof movingHand> | null = null
  const put = (hand: SVGSVGElement) => {
    for (const [name, value] of Object.entries({ x: -66, y: -80, width: 132, height: 143 })) hand.setAttribute(name, String(value))
    inside.replaceChildren(hand)
  }
  return {
    picture,
    begin(label, seconds) {
      of = seconds
      const key = `${label} ${seconds}`
      if (key === drawn) return
      drawn = key
      moving = null
      put(gesture(label))
      ticks.replaceChildren(...Array.from({ length: Math.floor(seconds) }, (_, second) =>
        s("line", { y1: -97, y2: -87, transform: `rotate(${(-360 * (second + 1)) / seconds})` })))
    },
    show(left_s, fingers) {
      if (Object.keys(fingers).length) {
        if (!moving) put((moving = movingHand()).picture)
        moving.show(fingers)
      }
      const share = Math.max(0, Math.min(1, left_s / of))
      left.setAttribute("stroke-dasharray", `${share} 2`)
    },
  }
}
