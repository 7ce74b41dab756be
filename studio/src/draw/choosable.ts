// Parts of a picture that can be clicked, or reached with the arrow keys and chosen with Enter.

export interface Part { name: string; element: SVGElement }

const ARROWS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }

/** Makes parts of a picture choosable; the picture has one tab stop. Returns what describes and marks them. */
export function choosable(picture: SVGSVGElement, title: string, parts: Part[], choose: (name: string) => void): (describe: (name: string) => string, chosen: string, mapped: Set<string>) => void {
  picture.setAttribute("role", "group")
  picture.setAttribute("aria-label", title)
  picture.classList.add("choosable")
  const stop = (part: Part | undefined) => parts.forEach(one => one.element.setAttribute("tabindex", one === part ? "0" : "-1"))
  for (const part of parts) {
    part.element.setAttribute("role", "button")
    part.element.addEventListener("click", () => { stop(part); choose(part.name) })
    part.element.addEventListener("keydown", event => {
      if (event.key === "Enter" || event.key === " ") choose(part.name)
      else if (event.key in ARROWS) {
        const next = nearest(parts, part, ARROWS[event.key]!)
        if (!next) return
        stop(next)
        next.element.focus()
      } else return
      event.preventDefault()
    })
  }
  stop(parts[0])
  return (describe, chosen, mapped) => {
    for (const { name, element } of parts) {
      element.setAttribute("aria-label", describe(name))
      element.setAttribute("aria-pressed", String(name === chosen))
      element.classList.toggle("mapped", mapped.has(name))
      element.classList.toggle("chosen", name === chosen)
    }
    const at = parts.find(one => one.name === chosen)
    if (at && !picture.contains(document.activeElement)) stop(at)
  }
}

/** The nearest part in a direction. */
function nearest(parts: Part[], from: Part, [right, down]: [number, number]): Part | null {
  const middle = ({ element }: Part) => {
    const box = element.getBoundingClientRect()
    return [box.x + box.width / 2, box.y + box.height / 2] as const
  }
  const [x, y] = middle(from)
  let best: Part | null = null, least = Infinity
  for (const part of parts) {
    const [px, py] = middle(part), along = (px - x) * right + (py - y) * down, across = Math.abs((px - x) * down) + Math.abs((py - y) * right)
    const far = along + 2 * across
    if (part !== from && along > 1 && far < least) [best, least] = [part, far]
  }
  return best
}
