// The gesture map: how probable each gesture is, as a star whose points are the gestures.

import { s } from "../dom"
import { t } from "../text"

export function spider(labels: string[]): { picture: SVGSVGElement; show: (probabilities: Record<string, number>, intensity: number) => void } {
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
  const held = labels.map(() => 0)
  return {
    picture,
    show(probabilities, intensity) {
      labels.forEach((label, place) => (held[place] = 0.6 * held[place]! + 0.4 * (probabilities[label] ?? 0)))
      shape.setAttribute("points", held.map((value, place) => at(place, 6 + 84 * value).map(one => one.toFixed(1)).join()).join(" "))
      shape.style.setProperty("--full", String(0.25 + 0.6 * Math.min(1, Math.max(0, intensity))))
      const best = held.indexOf(Math.max(...held))
      texts.forEach((text, place) => text.setAttribute("class", place === best ? "best" : ""))
      picture.setAttribute("aria-label", `${t("gesture_map")}: ${labels[best]} ${Math.round(100 * (held[best] ?? 0))} %`)
    },
  }
}
