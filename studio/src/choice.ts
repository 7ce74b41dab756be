// Cards to choose among: radio buttons or checkboxes, as forms have them.

import { h, type Child } from "./dom"

export interface Choice { element: HTMLLabelElement; box: HTMLInputElement }

/** A card with a radio button or a checkbox. */
export function choice(type: "radio" | "checkbox", group: string, value: string, title: string, hint = "", ...more: Child[]): Choice {
  const box = h("input", { type, name: group, value })
  return { box, element: h("label", { class: "option" }, box, ...more, h("span", {}, h("strong", {}, title), hint ? h("small", {}, hint) : null)) }
}

/** A named group of cards. */
export function choices(name: string, kind: string, ...elements: Child[]): HTMLFieldSetElement {
  return h("fieldset", { class: `choices ${kind}` }, h("legend", {}, name), ...elements)
}
