// Form fields for the options of actions and axes, made from what the server says of each.

import { h } from "../../dom"
import { t, type Key } from "../../text"
import type { Field, Fields } from "./draft"

export interface FieldSet { element: HTMLElement; values: () => Record<string, unknown> }
type Widget = { element: HTMLElement; value: () => unknown }

/** Fields with the values of `given`, or what is usual; `layers` are those to choose among. */
export function fieldSet(fields: Fields, given: Record<string, any>, layers: string[], change: () => void = () => undefined): FieldSet {
  const widgets = Object.entries(fields).map(([name, field]) => [name, field, widget(name, field, given[name], layers)] as const)
  const element = h("div", { class: "fields" }, ...widgets.map(([, , one]) => one.element))
  element.addEventListener("input", change)
  return {
    element,
    /** Only what has to be given, is not the default, or was given before. */
    values() {
      const found: Record<string, unknown> = {}
      for (const [name, field, { value }] of widgets) {
        const now = value()
        if (now !== undefined && (field.required || name in given || JSON.stringify(now) !== JSON.stringify(field.default))) found[name] = now
      }
      return found
    },
  }
}

function widget(name: string, field: Field, given: any, layers: string[]): Widget {
  const title = t(`field_${name}` as Key), value = given ?? field.default
  if (name === "layer") return oneOf(title, layers.map(one => [one, one]), value)
  if (name === "layers") return someOf(title, layers, value ?? layers)
  if (name === "colour") return colour(title, value)
  if (name === "curve" && Array.isArray(value)) return { element: h("p", { class: "muted" }, `${title}: ${value.map(one => one.join(" → ")).join(", ")}`), value: () => value }
  if (field.choices) return oneOf(title, field.choices.map(one => [one, t(`choice_${one}` as Key)]), value)
  if (field.type === "boolean") {
    const box = h("input", { type: "checkbox" })
    box.checked = Boolean(value)
    return { element: h("label", { class: "check" }, box, h("span", {}, title)), value: () => box.checked }
  }
  const isNumber = field.type === "number" || field.type === "integer"
  const box = h("input", {
    type: isNumber ? "number" : "text", step: "any", required: field.required,
    min: field.least ?? undefined, max: field.most ?? undefined, placeholder: field.required ? undefined : t("none"),
  })
  box.value = value === null || value === undefined ? (field.required && isNumber ? "1" : "") : String(value)
  box.addEventListener("input", () => box.setCustomValidity(field.open && box.value && Number(box.value) <= (field.least ?? -Infinity) ? t("more_than", field.least!) : ""))
  return {
    element: h("label", {}, h("span", {}, title), box),
    value: () => (box.value === "" ? (field.default === null && name in (given ? { [name]: 1 } : {}) ? null : field.default ?? undefined) : isNumber ? Number(box.value) : box.value),
  }
}

/** A list to choose one of. */
export function oneOf(title: string, choices: [string, string][], value: string | null | undefined, change: (value: string) => void = () => undefined): Widget & { select: HTMLSelectElement } {
  const select = h("select", { "aria-label": title, onchange: () => change(select.value) }, ...choices.map(([name, text]) => h("option", { value: name }, text)))
  if (value !== null && value !== undefined) select.value = value
  return { element: h("label", {}, h("span", {}, title), select), select, value: () => select.value || undefined }
}

function someOf(title: string, choices: string[], value: string[]): Widget {
  const boxes = choices.map(one => {
    const box = h("input", { type: "checkbox", value: one })
    box.checked = value.includes(one)
    return box
  })
  return {
    element: h("fieldset", { class: "some" }, h("legend", {}, title), ...boxes.map((box, place) => h("label", { class: "check" }, box, h("span", {}, choices[place]!)))),
    value: () => boxes.filter(box => box.checked).map(box => box.value),
  }
}

function colour(title: string, value: string | null | undefined): Widget {
  const box = h("input", { type: "color" })
  box.value = `#${(value ?? "ff8000").replace("#", "")}`
  return { element: h("label", {}, h("span", {}, title), box), value: () => box.value.slice(1) }
}
