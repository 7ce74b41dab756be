// How the armband signals that a layer is on.

import { h } from "../../dom"
import { t, type Key } from "../../text"
import type { Layer } from "./draft"
import { oneOf } from "./fields"

const LENGTHS = ["short", "medium", "long"], USUAL = "short", USUAL_COLOUR = "ff8000"

/** The options of a layer; `change` gets what they are now. */
export function layerOptions(layer: Layer, change: (how: (layer: Layer) => void) => void): HTMLElement {
  const now = layer.vibrate === null ? "" : String(layer.vibrate ?? USUAL)
  const vibrate = oneOf(t("layer_vibrates"), [...LENGTHS.map((one): [string, string] => [one, t(`choice_${one}` as Key)]), ["", t("no")]], now, value =>
    change(into => { into.vibrate = value || null }))
  const has = h("input", { type: "checkbox" }), colour = h("input", { type: "color", "aria-label": t("field_colour") })
  has.checked = Boolean(layer.led)
  colour.value = `#${String(layer.led ?? USUAL_COLOUR).replace("#", "")}`
  colour.disabled = !has.checked
  const light = () => change(into => {
    if (has.checked) into.led = colour.value.slice(1)
    else delete into.led
  })
  has.addEventListener("change", light)
  colour.addEventListener("change", light)
  return h("div", { class: "fields" }, vibrate.element, h("label", { class: "check" }, has, h("span", {}, t("layer_lights"))), colour)
}
