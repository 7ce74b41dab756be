// Actions in words.

import { t, type Key } from "../../text"
import type { Action, Finding } from "./draft"

/** When and what, as a person would put it. */
export function inWords(action: Action): string {
  const when = action.when && action.when !== "begin" ? `${t(`when_${action.when}` as Key)}: ` : ""
  const more = Object.entries(action)
    .filter(([key, value]) => !["do", "when", "button", "axis", "steps"].includes(key) && value !== null)
    .map(([key, value]) => (typeof value === "boolean" ? (value ? t(`field_${key}` as Key) : `${t(`field_${key}` as Key)}: ${t("no")}`) : `${t(`field_${key}` as Key)} ${shown(value)}`))
  const chord = Array.isArray(action.button) && action.button.length > 1 ? [action.button.join(" + ")] : []
  return when + [t(`do_${action.do}` as Key), ...chord, ...more].join(", ")
}

/** Where a finding belongs. */
export function placed({ place }: Finding): { layer: string; gesture: string; number: number; axis: string } {
  const [first, second, third, ...rest] = place
  if (first === "mapping") return { layer: "", gesture: String(second ?? ""), number: typeof third === "number" ? third : -1, axis: "" }
  if (first === "layers") return { layer: String(second), gesture: String(rest[0] ?? ""), number: typeof rest[1] === "number" ? rest[1] : -1, axis: "" }
  return { layer: "", gesture: "", number: -1, axis: first === "axes" ? String(second ?? "") : "" }
}

function shown(value: unknown): string {
  return Array.isArray(value) ? value.join(" – ") : String(value)
}
