// The gesture map: how probable each gesture is now, as a star whose points are the gestures, and how each has been so far.

import { s } from "../dom"
import { t } from "../text"

const INNER = 6, OUTER = 84, SLOWLY = 0.05

/** How a gesture has been while it was decided, from 0 to 1, over its last second or so. */
interface Made { distinct: number; full: number; mark: SVGCircleElement }

export interface Spider { picture: SVGSVGElement; show: (probabilities: Record<string, number>, label: string, intensity: number) => void }

/** The star; a ring on a gesture's ray lies the further out the more distinct the gesture is, and is the larger the stronger it is made. */
export function spider(labels: string[]): Spider {
  const picture = s("svg", { viewBox: "-130 -115 260 230", role: "img", class: "spider" })
  const at = (place: number, radius: number): [number, number] => {
    const angle = (2 * Math.PI * place) / labels.length - Math.PI / 2
    return [radius * Math.cos(angle), radius * Math.sin(angle)]
  }
  const outline = (radius: number) => labels.map((_, place) => at(place, radius).map(one => one.toFixed(1)).join()).join(" ")
  for (const radius of [30, 60, 90]) picture.append(s("polygon", { points: outline(radius), class: "web" }))
  const texts = labels.map((label, place) => {
    const [x, y] = at(place, 102)
    const text = s("text", { x, y: y + 4, "text-anchor": Math.abs(x) < 20 ? "middle" : x > 0 ? "start" : "end" }, label)
    picture.append(text)
    return text
  })
  const shape = s("polygon", { class: "shape" })
  picture.append(shape)
  const held = labels.map(() => 0), made = new Map<string, Made>()

  function remember(label: string, probability: number, intensity: number): void {
    const place = labels.indexOf(label)
    if (place < 0) return
    const full = Math.min(1, Math.max(0, intensity))
    let one = made.get(label)
    if (!one) {
      made.set(label, (one = { distinct: probability, full, mark: s("circle", { class: "made" }) }))
      picture.append(one.mark)
    }
    one.distinct += SLOWLY * (probability - one.distinct)
    one.full += SLOWLY * (full - one.full)
    const [x, y] = at(place, INNER + OUTER * one.distinct)
    for (const [name, value] of [["cx", x], ["cy", y], ["r", 3 + 9 * one.full]] as const) one.mark.setAttribute(name, value.toFixed(1))
  }

  return {
    picture,
    show(probabilities, label, intensity) {
      labels.forEach((name, place) => (held[place] = 0.6 * held[place]! + 0.4 * (probabilities[name] ?? 0)))
      shape.setAttribute("points", held.map((value, place) => at(place, INNER + OUTER * value).map(one => one.toFixed(1)).join()).join(" "))
      shape.style.setProperty("--full", String(0.25 + 0.6 * Math.min(1, Math.max(0, intensity))))
      const best = held.indexOf(Math.max(...held))
      texts.forEach((text, place) => text.setAttribute("class", place === best ? "best" : ""))
      remember(label, probabilities[label] ?? 0, intensity)
      const soFar = [...made].map(([name, one]) => t("made_so_far", name, Math.round(100 * one.distinct), Math.round(100 * one.full)))
      picture.setAttribute("aria-label", [`${t("gesture_map")}: ${labels[best]} ${Math.round(100 * (held[best] ?? 0))} %`, ...soFar].join("; "))
    },
  }
}
