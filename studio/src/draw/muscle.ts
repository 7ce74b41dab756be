// How hard single muscles work: for each a bar up to its strong effort, with marks where it rests and from where on it counts.

import { h, keyed, put, s } from "../dom"
import { gestureName } from "../gesture-names"
import { t } from "../text"

const WIDTH = 300, HIGH = 24, TOP = 4, HATCH = 6

/** Marks in shares of the strong effort. */
export interface Marks { rest?: number; from?: number }

export interface MuscleBar { picture: SVGSVGElement; show: (share: number, words: string) => void }

/** The bar: hatched up to rest, with a line on a triangle from where the muscle counts; `show` fills it and describes it in words. */
export function muscleBar({ rest = 0, from }: Marks): MuscleBar {
  const at = (share: number) => WIDTH * Math.min(1, Math.max(0, share))
  const filled = s("rect", { y: TOP, height: HIGH, class: "level", width: 0 }), resting = at(rest), bottom = TOP + HIGH
  const picture = s("svg", { viewBox: `-8 0 ${WIDTH + 16} 40`, role: "img", class: "muscle" },
    s("rect", { y: TOP, height: HIGH, width: WIDTH, class: "all" }), filled, s("rect", { y: TOP, height: HIGH, width: resting, class: "rest" }))
  for (let x = HATCH / 2; x < resting; x += HATCH) picture.append(s("line", { x1: x, x2: x, y1: TOP, y2: bottom, class: "hatch" }))
  if (from !== undefined) picture.append(
    s("line", { x1: at(from), x2: at(from), y1: 0, y2: bottom, class: "from" }), s("path", { d: `M${at(from)} ${bottom} l-6 11 h12 Z`, class: "mark" }))
  return {
    picture,
    show(share, words) {
      filled.setAttribute("width", at(share).toFixed(1))
      if (picture.getAttribute("aria-label") !== words) picture.setAttribute("aria-label", words)
    },
  }
}

/** A bar for each muscle; `show` takes their levels, and which one has control. Where it is known, `from` has when each counts. */
export function muscleLevels(from: Record<string, number> = {}): { element: HTMLElement; show: (levels: Record<string, number>, label: string) => void } {
  const element = h("div", { class: "levels" })
  let bars: { name: string; title: HTMLElement; value: HTMLElement; bar: MuscleBar }[] = []
  return {
    element,
    show(levels, label) {
      keyed(element, Object.keys(levels).join("\n"), () => {
        bars = Object.keys(levels).map(name => ({ name, title: h("h3", {}), value: h("span", { class: "value" }), bar: muscleBar({ from: from[name] }) }))
        return bars.map(one => h("div", {}, h("div", { class: "bar" }, one.title, one.value), one.bar.picture))
      })
      for (const { name, title, value, bar } of bars) {
        const percent = `${Math.round(100 * (levels[name] ?? 0))} %`
        put(title, `${name === label ? "▶ " : ""}${gestureName(name)}`)
        put(value, percent)
        bar.show(levels[name] ?? 0, t("muscle_level", gestureName(name), percent))
      }
    },
  }
}
