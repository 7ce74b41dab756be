// The form for one assignment: the gesture, when, and what happens.

import { h, put } from "../../dom"
import type { Live } from "../../live"
import { t, type Key } from "../../text"
import { AXIS_KINDS, BUTTON_KINDS, type Control } from "./controls"
import { curve, proportional } from "./curve"
import type { Action, Fields, Opened } from "./draft"
import { fieldSet, oneOf, type FieldSet } from "./fields"
import { noteOf, sign } from "./signs"
import { stepList, type Steps } from "./steps"

const HELD_S = 0.4
const NEVER_ALWAYS = ["base"]

export interface Form { element: HTMLFormElement; tick: () => void }
export interface Given { gesture: string; action: Action }
export interface Choice { opened: Opened; control: Control; layers: string[]; live: Live; given: Given | null; names: string[]; forGrip?: boolean }

/** A form for a control; `done` gets the assignment, or null where it was cancelled. */
export function form({ opened, control, layers, live, given, names, forGrip = false }: Choice, done: (made: Given | null) => void): Form {
  const { choices, gestures } = opened
  const kinds = control.kind === "button" ? BUTTON_KINDS : control.kind === "axis" ? AXIS_KINDS : control.kind === "other" ? [control.name] : ["hold"]
  const offered = given && !kinds.includes(given.action.do) ? [given.action.do, ...kinds] : kinds
  const action: Action = given?.action ?? { do: offered[0]! }
  let kind = action.do, when = action.when ?? "begin"
  const radios = [...gestures, ...(forGrip || NEVER_ALWAYS.includes(kind) ? [] : ["always"])].map(name => {
    const box = h("input", { type: "radio", name: "gesture", value: name, required: true, onchange: () => { watching = false } })
    box.checked = given?.gesture === name
    return { box, element: h("label", { class: "gesture" }, box, sign(name, opened.both), h("span", {}, name === "always" ? t("always") : name, noteOf(name, opened.both))) }
  })
  const instruction = h("p", { class: "muted", role: "status" }), problem = h("p", { class: "problem", role: "alert" })
  const triggers = h("div", {}), options = h("div", {}), hint = h("p", { class: "muted" }), picture = h("div", { class: "curves" })
  let trigger: FieldSet, option: FieldSet, steps: Steps | null = null
  const bend = curve(t("response"), t("intensity"), t("output"))
  let watching = !given, since: [string, number] = ["", 0]

  const own = (fields: Fields) => Object.fromEntries(Object.entries(fields).filter(([name]) => name !== "button" && name !== "steps" && !(name === "axis" && control.kind === "axis")))
  const showTrigger = () => {
    trigger = fieldSet(choices.when[when]!, when === (action.when ?? "begin") ? action : {}, layers)
    triggers.replaceChildren(trigger.element)
  }
  const bends = () => bend.show(value => proportional(option.values(), value))
  const showOption = () => {
    option = fieldSet(own(choices.actions[kind]!), kind === action.do ? action : {}, layers, () => kind === "proportional" && bends())
    steps = kind === "sequence" ? stepList(action.steps ?? [], control.name, names) : null
    options.replaceChildren(...(steps ? [steps.element] : []), option.element)
    put(hint, t(`hint_${kind}` as Key))
    picture.replaceChildren(...(kind === "proportional" ? [bend.picture] : []))
    if (kind === "proportional") bends()
  }
  const what = oneOf(t("what"), offered.map(one => [one, t(`do_${one}` as Key)]), kind, value => { kind = value; showOption() })
  const moment = oneOf(t("when"), Object.keys(choices.when).map(one => [one, t(`when_${one}` as Key)]), when, value => { when = value; showTrigger() })
  const after = oneOf(t("field_after"), [["", t("none")], ...gestures.map((one): [string, string] => [one, one])], action.after ?? "")
  const lowest = degrees(action.pitch_deg?.[0]), highest = degrees(action.pitch_deg?.[1])
  const more = h("details", { open: Boolean(action.after || action.pitch_deg) }, h("summary", {}, t("more_conditions")), h("div", { class: "fields" },
    after.element, h("label", {}, h("span", {}, t("pitch_from")), lowest), h("label", {}, h("span", {}, t("pitch_to")), highest)))
  if (!forGrip) {
    showTrigger()
    showOption()
  }

  function made(): Action {
    const found: Action = { ...(when === "begin" ? {} : { when }), ...trigger.values(), do: kind }
    if (after.value()) {
      found.after = after.value()
      if (action.within_s !== undefined) found.within_s = action.within_s
    }
    if (lowest.value !== "" && highest.value !== "") found.pitch_deg = [Number(lowest.value), Number(highest.value)]
    if (control.kind === "button" && "button" in choices.actions[kind]!) found.button = action.button ?? control.name
    if (control.kind === "axis" && "axis" in choices.actions[kind]!) found.axis = control.name
    if (steps) found.steps = steps.values()
    return { ...found, ...option.values() }
  }

  const element = h("form", { class: "assignment", "aria-label": given ? t("change_assignment") : t("add_assignment"), onsubmit: (event: Event) => {
    event.preventDefault()
    const chosen = radios.find(one => one.box.checked)
    if (!chosen) return put(problem, t("gesture_missing"))
    if (steps && !steps.values().length) return put(problem, t("step_missing"))
    done({ gesture: chosen.box.value, action: forGrip ? action : made() })
  } },
    h("fieldset", {}, h("legend", {}, t("which_gesture")), instruction, h("div", { class: "gestures" }, ...radios.map(one => one.element))),
    ...(forGrip ? [] : [
      h("div", { class: "fields" }, moment.element), triggers,
      h("div", { class: "fields" }, offered.length > 1 ? what.element : null), hint, options, picture, more]),
    problem,
    h("div", { class: "bar" }, h("button", { type: "button", onclick: () => done(null) }, t("cancel")),
      h("button", { class: "primary" }, given ? t("change") : t("add"))))

  /** Takes the gesture that is made now, once it is held. */
  function tick(): void {
    const state = live.isRunning ? live.message?.state : undefined, found = state?.prediction
    bend.live(found?.intensity ?? null)
    if (!live.isRunning || !watching) {
      if (!live.isRunning) put(instruction, t("pick_gesture"))
      return
    }
    const label = found?.label && !found.rejected && gestures.includes(found.label) ? found.label : "", now = state?.time_s ?? 0
    if (label !== since[0]) since = [label, now]
    else if (label && now - since[1] >= HELD_S) {
      watching = false
      radios.find(one => one.box.value === label)!.box.checked = true
      return put(instruction, t("gesture_taken", label))
    }
    put(instruction, t("make_gesture"))
  }
  tick()
  return { element, tick }
}

function degrees(value: number | undefined): HTMLInputElement {
  const box = h("input", { type: "number", min: -180, max: 180, step: "any" })
  box.value = value === undefined ? "" : String(value)
  return box
}
