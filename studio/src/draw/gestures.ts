// Drawings of gestures: a hand whose fingers are bent and whose wrist is turned, from a few numbers each.

import { s } from "../dom"

export const FINGERS = ["thumb", "index", "middle", "ring", "little"] as const
type Bent = readonly [number, number, number, number, number] // as FINGERS, from 0 (straight) to 1 (bent)

interface Shape {
  bent?: Bent
  spread?: number // how far the fingers are apart, 1 is usual
  wrist?: number // degrees towards the thumb (from the front), or down (from the side)
  view?: "palm" | "back" | "side"
  turn?: "in" | "out" // an arrow around the forearm
  rolled?: number // degrees by which all of it is turned
  pinched?: boolean
  thumb?: number // degrees from the fingers' direction
}

const FLAT: Bent = [0.16, 0, 0, 0, 0], FIST: Bent = [1, 1, 1, 1, 1]
const SHAPES: Record<string, Shape> = {
  rest: { bent: [0.2, 0.2, 0.24, 0.26, 0.26] },
  fist: { bent: FIST },
  open: { bent: [0, 0, 0, 0, 0], spread: 2.6 },
  flexion: { view: "side", wrist: 52 },
  extension: { view: "side", wrist: -48 },
  radial: { bent: FLAT, wrist: 24 },
  ulnar: { bent: FLAT, wrist: -28 },
  pronation: { bent: FLAT, view: "back", turn: "in" },
  supination: { bent: FLAT, turn: "out" },
  pinch: { bent: [0.5, 0.5, 0.12, 0.16, 0.2], pinched: true, spread: 1.6 },
  tripod: { bent: [0.5, 0.5, 0.5, 0.9, 0.95], pinched: true },
  point: { bent: [0.95, 0, 1, 1, 1] },
  two: { bent: [1, 0, 0, 1, 1], spread: 2.4 },
  three: { bent: [1, 0, 0, 0, 1], spread: 2 },
  four: { bent: [1, 0, 0, 0, 0], spread: 2 },
  key: { bent: FIST, thumb: 6 },
  thumbs_up: { bent: FIST, thumb: 78, rolled: -90 },
  thumb: { bent: [1, 0.1, 0.1, 0.1, 0.1] },
  index: { bent: [0.2, 0.9, 0.1, 0.1, 0.1] },
  middle: { bent: [0.2, 0.1, 0.9, 0.1, 0.1] },
  ring: { bent: [0.2, 0.1, 0.1, 0.9, 0.1] },
  little: { bent: [0.2, 0.1, 0.1, 0.1, 0.9] },
}
const SAME: Record<string, string> = {
  relax: "rest", neutral: "rest", relaxed: "rest", idle: "rest", close: "fist", hand_close: "fist", power: "fist", grip: "fist",
  close_slowly: "fist", spread: "open", hand_open: "open", fingers_spread: "open", wave_in: "flexion", wave_out: "extension",
  wrist_flexion: "flexion", wrist_extension: "extension", radial_deviation: "radial", ulnar_deviation: "ulnar",
  index_point: "point", pointing: "point", victory: "two", peace: "two", thumb_up: "thumbs_up", lateral: "key", pinky: "little",
}

/** The names of all drawings. */
export const DRAWN = Object.keys(SHAPES)

/** The name of the drawing of a gesture, "" where there is none. */
export function known(label: string): string {
  const name = label.trim().toLowerCase().replace(/[\s-]+/g, "_")
  return name in SHAPES ? name : SAME[name] ?? ""
}

/** A gesture as a picture; of one that has no drawing, a hand with a question mark. It is for the eye: name it beside. */
export function gesture(label: string): SVGSVGElement {
  const name = known(label)
  const picture = s("svg", { viewBox: "0 0 120 130", class: "hand", "aria-hidden": "true" })
  picture.append(...drawn(SHAPES[name] ?? { bent: FLAT }))
  if (!name) picture.append(s("text", { x: 61, y: 94, "text-anchor": "middle", class: "unknown" }, "?"))
  return picture
}

/** A hand whose fingers move, to be followed. */
export function movingHand(): { picture: SVGSVGElement; show: (fingers: Record<string, number>) => void } {
  const picture = s("svg", { viewBox: "0 0 120 130", class: "hand", "aria-hidden": "true" })
  return {
    picture,
    show(fingers) {
      const at = (...names: string[]) => names.map(name => fingers[name]).find(one => one !== undefined) ?? 0
      picture.replaceChildren(...drawn({ bent: [at("thumb"), at("index"), at("middle"), at("ring"), at("little", "pinky")] }))
    },
  }
}

interface Limb { d: string; width: number }
const LINE = 3.4
const WRIST: [number, number] = [60, 106]

function drawn(shape: Shape): SVGElement[] {
  const inside = shape.view === "side" ? fromTheSide(shape.wrist ?? 0) : fromTheFront(shape)
  return shape.rolled ? [s("g", { transform: `rotate(${shape.rolled} 60 68)` }, ...inside)] : inside
}

/** Limbs that flow into each other: their outlines lie below all of them. */
function joined(...limbs: Limb[]): SVGElement[] {
  return [
    ...limbs.map(({ d, width }) => s("path", { d, class: "outline", "stroke-width": width + LINE })),
    ...limbs.map(({ d, width }) => s("path", { d, class: "limb", "stroke-width": width - LINE / 2 })),
  ]
}

// of a right hand that shows its palm: where each finger begins, its length, its width, and degrees to the thumb's side
const FROM: [number, number, number, number, number][] = [[77, 67, 33, 10.6, 5], [66.3, 63.5, 38, 11, 1], [55.4, 64.5, 35, 10.6, -3], [44.6, 69, 27, 9.6, -8]]

function fromTheFront(shape: Shape): SVGElement[] {
  const bent = shape.bent ?? FLAT
  const palm = { d: "M52 74 L69 72 L69 92 L56 94 Z", width: 30 }
  const straight: Limb[] = [], curled: Limb[] = [], tips: [number, number, number][] = []
  FROM.forEach(([x, y, length, width, degrees], place) => {
    const angle = (degrees * (shape.spread ?? 1) * Math.PI) / 180, share = bent[place + 1]!
    if (shape.pinched && share === 0.5) {
      curled.push({ d: `M${x} ${y} L${x + 7} ${y - 20 + 3 * place} L${98 - 3 * place} ${54 - 2 * place}`, width })
      return
    }
    const along = -Math.cos(share * 0.85 * Math.PI) * length, seen = along > 0 ? along * 0.5 : along
    const knuckle = Math.min(6, -seen > 6 ? 6 : 5)
    const end: [number, number] = [x - Math.sin(angle) * seen, y + Math.cos(angle) * seen]
    const limb = { d: `M${x} ${y} L${x + Math.sin(angle) * knuckle} ${y - Math.cos(angle) * knuckle} L${end[0]} ${end[1]}`, width }
    if (seen < 0) straight.push(limb)
    else curled.push(limb)
    tips.push([end[0], end[1], degrees * (shape.spread ?? 1)])
  })
  const degrees = shape.thumb ?? 46 - 116 * bent[0], over = bent[0] > 0.6 && shape.thumb === undefined
  const angle = (degrees * Math.PI) / 180, length = over ? 31 : 30
  const base = over ? [81, 95] : [78, 92]
  const thumb = shape.pinched
    ? { d: "M78 92 L98 80 L98 58", width: 11.6 }
    : { d: `M${base[0]} ${base[1]} L${base[0]! + Math.sin(angle) * length} ${base[1]! - Math.cos(angle) * length}`, width: 12 }
  const hand = s("g", {})
  const arm = { d: "M60 140 L60 104", width: 29 }, wrist = shape.wrist ?? 0
  hand.append(...joined(...(wrist ? [] : [arm]), palm, ...straight, ...(over || shape.pinched ? [] : [thumb])))
  if (shape.view === "back")
    hand.append(...tips.map(([x, y, turned]) => s("ellipse", { cx: x, cy: y + 1, rx: 2.6, ry: 3.4, class: "detail", transform: `rotate(${turned} ${x} ${y})` })))
  else if (straight.length === 4)
    hand.append(s("path", { d: "M46 82 Q60 74 76 79 M79 84 Q66 84 66 101", class: "detail" }))
  for (const limb of curled) hand.append(...joined(limb))
  if (over || shape.pinched) hand.append(...joined(thumb))
  if (wrist) hand.setAttribute("transform", `rotate(${wrist} ${WRIST.join(" ")})`)
  const made: SVGElement[] = wrist ? [...joined(arm), hand] : [hand]
  if (wrist) made.push(...arc(60, 106, 92, -90, -90 + wrist * 1.15))
  const all = shape.view === "back" ? [s("g", { transform: "translate(120 0) scale(-1 1)" }, ...made)] : made
  if (shape.turn) all.push(...around(shape.turn))
  return all
}

function fromTheSide(degrees: number): SVGElement[] {
  const angle = (degrees * Math.PI) / 180, further = angle * 1.18
  const at = (x: number, y: number, way: number, length: number): [number, number] => [x + Math.cos(way) * length, y + Math.sin(way) * length]
  const knuckles = at(48, 66, angle, 28), tips = at(...knuckles, further, 29), root = at(48, 70, angle, 8)
  const thumb = at(...root, angle + 0.55, 26)
  return [
    ...joined({ d: "M-12 66 L48 66", width: 25 }, { d: `M48 66 L${knuckles.join(" ")}`, width: 19 }, { d: `M${knuckles.join(" ")} L${tips.join(" ")}`, width: 11 }),
    ...joined({ d: `M${root.join(" ")} L${thumb.join(" ")}`, width: 10 }),
    ...arc(48, 66, 64, degrees > 0 ? -8 : 8, degrees > 0 ? degrees - 18 : degrees + 16),
  ]
}

/** An arrow along a circle, from one angle in degrees to another. */
function arc(x: number, y: number, radius: number, from: number, to: number): SVGElement[] {
  const at = (degrees: number, r = radius) => {
    const angle = (degrees * Math.PI) / 180
    return `${(x + Math.cos(angle) * r).toFixed(1)} ${(y + Math.sin(angle) * r).toFixed(1)}`
  }
  const back = to - Math.sign(to - from) * (360 / radius)
  return [
    s("path", { d: `M${at(from)} A${radius} ${radius} 0 0 ${to > from ? 1 : 0} ${at(to)}`, class: "arrow" }),
    s("path", { d: `M${at(back, radius - 6)} L${at(to)} L${at(back, radius + 6)}`, class: "arrow" }),
  ]
}

/** An arrow around the forearm. */
function around(turn: "in" | "out"): SVGElement[] {
  const [from, to, way] = turn === "in" ? [94, 26, -1] : [26, 94, 1]
  return [
    s("path", { d: `M${from} 112 A36 11 0 0 ${turn === "in" ? 1 : 0} ${to} 112`, class: "arrow" }),
    s("path", { d: `M${to - 9 * way} 110 L${to} 111 L${to + 1 * way} 121`, class: "arrow" }),
  ]
}
