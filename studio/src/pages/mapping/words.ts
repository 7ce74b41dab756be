// Actions in words.

import { t, type Key } from "../../text"
import type { Action, Finding } from "./draft"

const HIDDEN = ["do", "when", "button", "axis", "steps"], PLAIN = ["value", "by", "layer", "layers", "colour"], CHOICES = ["turn", "until", "length"]

/** When and what, as a person would put it. */
export function inWords(action: Action): string {
  const when = action.when && action.when !== "begin" ? `${t(`when_${action.when}` as Key)}: ` : ""
  const more = Object.entries(action).filter(([key, value]) => !HIDDEN.includes(key) && value !== null).map(([key, value]) => option(key, value))
  const chord = Array.isArray(action.button) && action.button.length > 1 ? [action.button.join(" + ")] : []
  return when + [t(`do_${action.do}` as Key), ...chord, ...more].join(", ")
}

function option(key: string, value: unknown): string {
  const name = t(`field_${key}` as Key)
  if (PLAIN.includes(key)) return shown(value)
  if (CHOICES.includes(key)) return key === "until" ? `${name} ${t(`choice_${value}` as Key)}` : t(`choice_${value}` as Key)
  if (typeof value === "boolean") return value ? name : `${name}: ${t("no")}`
  const unit = key.endsWith("_s") ? " s" : key.endsWith("_deg") ? "°" : ""
  return `${unit ? name.replace(/ \([^)]*\)$/, "") : name} ${shown(value)}${unit}`
}

/** Where a finding belongs. */
export function placed({ place }: Finding): { layer: string; gesture: string; number: number; axis: string } {
  const [first, second, third, ...rest] = place
  if (first === "mapping") return { layer: "", gesture: String(second ?? ""), number: typeof third === "number" ? third : -1, axis: "" }
  if (first === "layers") return { layer: String(second), gesture: String(rest[0] ?? ""), number: typeof rest[1] === "number" ? rest[1] : -1, axis: "" }
  return { layer: "", gesture: "", number: -1, axis: first === "axes" ? String(second ?? "") : "" }
}

function shown(value: unknown): string {
  return Array.isArray(value) ? value.join(", ") : String(value)
}
