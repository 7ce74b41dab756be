// Gestures or muscles as cards, of which some are chosen, and to which a person adds names of their own.

import { choice } from "../../choice"
import { h } from "../../dom"
import { gesture } from "../../draw/gestures"
import { gestureName, howTo } from "../../gesture-names"
import { t } from "../../text"

export interface Names { element: HTMLElement; chosen: () => string[] }

/** The cards of these names; `most` of them can be chosen, and others added where `adds` has the label of the field. */
export function names(group: string, offered: string[], isChosen: (name: string) => boolean, adds = "", most = Infinity): Names {
  const cards = h("div", { class: "gestures" }), boxes: HTMLInputElement[] = []
  const chosen = () => boxes.filter(one => one.checked).map(one => one.value)
  const add = (label: string, isOn: boolean): void => {
    const made = choice("checkbox", group, label, gestureName(label), howTo(label), gesture(label))
    made.box.checked = isOn && chosen().length < most
    boxes.push(made.box)
    cards.append(made.element)
  }
  for (const label of offered) add(label, isChosen(label))

  const own = h("input", { type: "text", maxlength: 60, "aria-label": adds, placeholder: adds, onkeydown: (event: KeyboardEvent) => {
    if (event.key === "Enter" && own.value.trim()) {
      event.preventDefault()
      take()
    }
  } })
  const adding = h("button", { type: "button", onclick: () => take() }, t("add_own"))
  function take(): void {
    const label = own.value.trim()
    if (!label || label === "rest" || boxes.some(one => one.value === label)) return
    add(label, true)
    own.value = ""
    limit()
    cards.dispatchEvent(new Event("change", { bubbles: true }))
  }
  /** Whoever has chosen as many as there can be has to take one back first. */
  function limit(): void {
    const isFull = chosen().length >= most
    for (const one of boxes) one.disabled = isFull && !one.checked
    own.disabled = adding.disabled = isFull
  }

  cards.addEventListener("change", limit)
  limit()
  return { element: h("div", {}, cards, adds ? h("div", { class: "field own" }, own, adding) : null), chosen }
}
