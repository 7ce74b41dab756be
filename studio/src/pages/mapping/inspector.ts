// What drives the chosen control in the chosen layer, and the form that changes it.

import { h } from "../../dom"
import type { Live } from "../../live"
import { t } from "../../text"
import { assignments, titleOf, type Control } from "./controls"
import { before, curve, shaped, type Curve } from "./curve"
import { mappingOf, type Action, type Content, type Finding, type Opened } from "./draft"
import { fieldSet } from "./fields"
import { form, type Form, type Given } from "./form"
import { inWords, placed } from "./words"

export interface Choices { opened: Opened; content: Content; layer: string; control: Control; findings: Finding[]; live: Live; buttons: string[] }
export interface Inspector { element: HTMLElement; show: (choices: Choices) => void; tick: () => void }

/** The panel; `change` makes a change of the mapping. */
export function inspector(change: (how: (content: Content) => void) => void): Inspector {
  const element = h("section", { class: "panel inspector", "aria-labelledby": "chosen" })
  let open: Form | null = null, shown: Choices | null = null, bend: Curve | null = null, drawnKey = "", isOwn = false

  function cancel(): void {
    drawnKey = ""
    show(shown!)
  }

  function show(choices: Choices): void {
    const { opened, content, layer, control, findings } = choices
    const key = JSON.stringify([opened.profile, opened.hash, control, layer, content])
    const isEdited = open || document.activeElement?.matches("input") && element.contains(document.activeElement)
    const isSame = key === drawnKey && isEdited
    drawnKey = key
    if (isSame || isOwn) {
      shown = choices
      return
    }
    const had = element.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.focus : undefined
    shown = choices
    open = bend = null
    const rows = control.kind === "grip" ? gripRows(content, control) : assignments(content, layer, control)
    const title = h("h2", { id: "chosen", tabindex: -1 }, titleOf(control))
    const add = h("button", { class: "primary", "data-focus": "add", onclick: () => edit(null, add) }, t("add_gesture"))
    element.replaceChildren(title,
      rows.length ? h("ul", { class: "assignments" }, ...rows.map(row => {
        const here = row.place < 0 ? [] : findings.filter(one => {
          const at = placed(one)
          return at.layer === layer && at.gesture === row.gesture && (at.number === row.place || at.number < 0)
        })
        const name = `${row.gesture === "always" ? t("always") : row.gesture}: ${row.action ? inWords(row.action) : t("makes_grip")}`
        const box = h("li", {},
          h("p", {}, h("strong", {}, `${row.gesture === "always" ? t("always") : row.gesture}:`), ` ${row.action ? inWords(row.action) : t("makes_grip")}`),
          ...here.map(noted),
          h("div", { class: "bar" },
            row.action ? h("button", { "data-focus": `edit ${row.gesture} ${row.place}`, "aria-label": `${t("edit")}: ${name}`, onclick: () => edit(row as Given & { place: number }, box) }, t("edit")) : null,
            h("button", { "aria-label": `${t("remove")}: ${name}`, onclick: () => { remove(row.gesture, row.place); element.querySelector<HTMLElement>("#chosen")?.focus() } }, t("remove"))))
        return box
      })) : h("p", { class: "muted" }, t("nothing_drives")),
      add, control.kind === "axis" ? response(opened, content, control, findings) : "")
    if (had) element.querySelector<HTMLElement>(`[data-focus="${CSS.escape(had)}"]`)?.focus()
  }

  function edit(row: (Given & { place: number }) | null, instead: HTMLElement): void {
    const { opened, content, layer, control, live, buttons } = shown!
    const layers = Object.keys(content.layers)
    if (control.kind === "other" && (control.name === "layer" || control.name === "cycle") && !layers.length) {
      instead.after(h("p", { class: "problem", role: "alert" }, `✗ ${t("no_layers")}`))
      return
    }
    open = form({ opened, control, layers, live, given: row, names: buttons, forGrip: control.kind === "grip" }, made => {
      const name = row ? `edit ${row.gesture} ${row.place}` : "add"
      drawnKey = ""
      if (made) change(into => assign(into, layer, control, row, made))
      else cancel()
      ;(element.querySelector<HTMLElement>(`[data-focus="${CSS.escape(name)}"]`) ?? element.querySelector<HTMLElement>("[data-focus=add]"))?.focus()
    })
    instead.replaceWith(row ? h("li", {}, open.element) : open.element)
    ;(open.element.querySelector<HTMLElement>("input:checked") ?? open.element.querySelector<HTMLElement>("input"))?.focus()
  }

  function remove(gesture: string, place: number): void {
    const { layer, control } = shown!
    change(content => {
      if (control.kind === "grip") delete content.grips[control.output]![gesture]
      else drop(content, layer, gesture, place)
    })
  }

  function response(opened: Opened, content: Content, control: Control, findings: Finding[]): HTMLElement {
    const given = content.axes[control.name] ?? {}
    bend = curve(t("response_of", titleOf(control)), t("input"), t("output"))
    const now = bend, draw = () => now.show(value => shaped({ ...given, ...fields.values() }, value))
    const fields = fieldSet(opened.choices.shape, given, [], draw)
    fields.element.addEventListener("change", () => {
      if (![...fields.element.querySelectorAll("input")].every(one => one.reportValidity())) return
      isOwn = true // the fields show it already, and one of them may have the focus now
      change(into => {
        const found = fields.values()
        if (Object.keys(found).length) into.axes[control.name] = found
        else delete into.axes[control.name]
      })
      isOwn = false
    })
    fields.element.querySelectorAll("input").forEach((one, number) => { one.dataset.focus = `shape ${number}` })
    draw()
    return h("section", { class: "response" }, h("h3", {}, t("response")), h("p", { class: "muted" }, t("response_hint")),
      ...findings.filter(one => placed(one).axis === control.name).map(noted),
      h("div", { class: "curves" }, bend.picture, fields.element))
  }

  return {
    element,
    show,
    tick() {
      open?.tick()
      if (!bend || !shown) return
      const { live, control, content } = shown, out = live.isRunning ? live.message?.state.axes?.[control.name] ?? 0 : undefined
      const shape = content.axes[control.name] ?? {}
      bend.live(out === undefined ? null : before(value => shaped(shape, value), Math.abs(out)))
    },
  }
}

/** A finding as a line. */
export function noted(finding: Finding): HTMLElement {
  return h("p", { class: finding.kind === "problem" ? "problem" : "warning" }, `${finding.kind === "problem" ? "✗" : "⚠"} ${finding.text}`)
}

interface Row { gesture: string; place: number; action?: Action }

function gripRows(content: Content, control: Control): Row[] {
  return Object.entries(content.grips[control.output] ?? {}).filter(([, grip]) => grip === control.name).map(([gesture]) => ({ gesture, place: -1 }))
}

function assign(content: Content, layer: string, control: Control, row: (Given & { place: number }) | null, { gesture, action }: Given): void {
  if (control.kind === "grip") {
    content.grips[control.output]![gesture] = control.name
    return
  }
  const mapping = mappingOf(content, layer)
  if (row && row.gesture === gesture) mapping[gesture]![row.place] = action
  else {
    if (row) drop(content, layer, row.gesture, row.place)
    mapping[gesture] = [...(mapping[gesture] ?? []), action]
  }
}

function drop(content: Content, layer: string, gesture: string, place: number): void {
  const mapping = mappingOf(content, layer)
  mapping[gesture]!.splice(place, 1)
  if (!mapping[gesture]!.length) delete mapping[gesture]
}
