// The steps of a sequence: what is pressed or moved, and for how long.

import { h } from "../../dom"
import { t } from "../../text"

type Step = { press?: string | string[]; axis?: string; value?: number; for_s?: number }
export interface Steps { element: HTMLElement; values: () => Step[] }

const USUAL_S = 0.1, MOST = 100

/** A list of steps; a new one presses `button`. Steps that move an axis keep it. */
export function stepList(given: Step[], button: string, names: string[]): Steps {
  const rows: { element: HTMLElement; value: () => Step }[] = []
  const known = h("datalist", { id: "step-names" }, ...names.map(value => h("option", { value })))
  const list = h("ol", { class: "steps" })
  const more = h("button", { type: "button", onclick: () => { add({ press: button }); focusLast() } }, t("add_step"))

  function add(step: Step): void {
    const what = h("input", { list: "step-names", autocomplete: "off", placeholder: t("wait") }), seconds = h("input", { type: "number", min: 0.01, max: 10, step: "any", required: true })
    what.value = [step.press ?? []].flat().join(" ")
    seconds.value = String(step.for_s ?? USUAL_S)
    const row = {
      element: h("li", {},
        step.axis ? h("span", {}, `${step.axis} ${step.value ?? 1}`) : h("label", {}, h("span", {}, t("step_presses")), what),
        h("label", {}, h("span", {}, t("field_for_s")), seconds),
        h("button", { type: "button", "aria-label": t("remove_step"), onclick: () => {
          rows.splice(rows.indexOf(row), 1)
          row.element.remove()
          more.disabled = false
          more.focus()
        } }, "×")),
      value(): Step {
        const press = what.value.split(/[\s,+]+/).filter(Boolean), { press: _, for_s: __, ...kept } = step
        return {
          ...(press.length ? { press: press.length === 1 ? press[0]! : press } : {}), ...kept,
          ...(Number(seconds.value) !== USUAL_S || !press.length ? { for_s: Number(seconds.value) } : {}),
        }
      },
    }
    rows.push(row)
    list.append(row.element)
    more.disabled = rows.length >= MOST
  }

  const focusLast = () => list.querySelector<HTMLElement>("li:last-child input")?.focus()
  for (const step of given.length ? given : [{ press: button }]) add(step)
  return { element: h("fieldset", {}, h("legend", {}, t("steps")), list, known, more), values: () => rows.map(one => one.value()) }
}
