// Elements without a framework.

export type Child = Node | string | null | undefined | false

type Attributes = Record<string, string | number | boolean | ((event: any) => void) | undefined>

/** An HTML element with attributes, listeners (`onclick`) and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  set(made, attributes)
  made.append(...(children.filter(Boolean) as (Node | string)[]))
  return made
}

/** An SVG element. */
export function s<K extends keyof SVGElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: Child[]
): SVGElementTagNameMap[K] {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag)
  set(made, attributes)
  made.append(...(children.filter(Boolean) as (Node | string)[]))
  return made
}

function set(made: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value)
    else if (value === true) made.setAttribute(name, "")
    else if (value !== false && value !== undefined) made.setAttribute(name, String(value))
  }
}

/** Sets a text only where it has changed, so that screen readers repeat nothing. */
export function put(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

/** Replaces the children where the key has changed. */
export function keyed(element: HTMLElement, key: string, children: () => Child[]): void {
  if (element.dataset.key === key) return
  element.dataset.key = key
  element.replaceChildren(...(children().filter(Boolean) as (Node | string)[]))
}
