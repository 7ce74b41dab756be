// What stands for a gesture in the mapping: its drawing, or a sign for what is no gesture of one hand.

import { h } from "../../dom"
import { gesture as drawn } from "../../draw/gestures"
import { t } from "../../text"

/** The picture; `both` is the name of the co-contraction, "" where there is none. */
export function sign(name: string, both: string): Element {
  const character = name === "always" ? "∞" : name === both ? "⇄" : ""
  return character ? h("span", { class: "always", "aria-hidden": "true" }, character) : drawn(name)
}

/** What a co-contraction is, in words. */
export function noteOf(name: string, both: string): HTMLElement | null {
  return both && name === both ? h("small", {}, t("both_muscles")) : null
}
