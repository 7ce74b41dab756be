// The strength of each electrode: around the forearm, or on the grid.

import { s } from "../dom"
import { t } from "../text"

/** A picture of the electrodes, and what colors them by their strength (RMS) and marks the bad ones. */
export function electrodes(channels: number, grid: [number, number] | null): { picture: SVGSVGElement; show: (strength: number[], bad: Record<string, string>) => void } {
  const picture = s("svg", { viewBox: "-100 -100 200 200", role: "img", "aria-label": t("electrodes"), class: "electrodes" })
  const marks: SVGElement[] = [], names: SVGTitleElement[] = []
  for (let one = 0; one < channels; one++) {
    const name = s("title")
    let mark: SVGElement
    if (grid) {
      const [rows, columns] = grid, size = 180 / Math.max(rows, columns)
      mark = s("rect", {
        x: (one % columns - columns / 2) * size, y: (Math.floor(one / columns) - rows / 2) * size,
        width: size * 0.92, height: size * 0.92, rx: size * 0.1,
      }, name)
    } else {
      const angle = (2 * Math.PI * one) / channels - Math.PI / 2
      const x = 72 * Math.cos(angle), y = 72 * Math.sin(angle)
      mark = s("circle", { cx: x, cy: y, r: Math.min(22, 190 / channels) }, name)
      picture.append(mark, s("text", { x, y: y + 5, "text-anchor": "middle" }, String(one + 1)))
    }
    if (grid) picture.append(mark)
    marks.push(mark)
    names.push(name)
  }
  if (!grid) picture.prepend(s("circle", { cx: 0, cy: 0, r: 48, class: "forearm" }))
  let largest = 1e-9
  return {
    picture,
    show(strength, bad) {
      largest = Math.max(largest * 0.995, ...strength)
      marks.forEach((mark, one) => {
        const what = bad[String(one + 1)]
        const share = `${Math.round((100 * (strength[one] ?? 0)) / largest)}%`
        mark.classList.toggle("bad", Boolean(what))
        if (mark.style.getPropertyValue("--strength") !== share) mark.style.setProperty("--strength", share)
        const text = t("electrode", one + 1, what ?? (strength[one] ?? 0).toFixed(1))
        if (names[one]!.textContent !== text) names[one]!.textContent = text
      })
    },
  }
}
