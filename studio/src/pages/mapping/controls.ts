// What can be driven: buttons, axes and grips of a profile's outputs, and what emgctl and the armband can do.

import { t, type Key } from "../../text"
import { mappingOf, type Action, type Content, type Opened } from "./draft"

export type Kind = "button" | "axis" | "grip" | "other"
export interface Control { kind: Kind; name: string; output: number }
export type Picture = "pad" | "keyboard" | "hand" | "list"
export interface Group { title: string; picture: Picture; controls: Control[] }

export const BUTTON_KINDS = ["hold", "press", "toggle", "latch", "release", "turbo", "sequence"]
export const AXIS_KINDS = ["proportional", "axis", "velocity", "set", "step", "orientation", "gyro", "center"]
export const OTHER_KINDS = ["layer", "cycle", "base", "pause", "kill", "recenter", "vibrate", "led"]
export const PAD_BUTTONS = ["a", "b", "x", "y", "lb", "rb", "ls", "rs", "back", "start", "guide", "dpad_up", "dpad_down", "dpad_left", "dpad_right"]
export const PAD_AXES = ["left_x", "left_y", "right_x", "right_y", "left_trigger", "right_trigger"]
const NAMED: Record<string, Key> = {
  left_x: "axis_left_x", left_y: "axis_left_y", right_x: "axis_right_x", right_y: "axis_right_y",
  left_trigger: "axis_left_trigger", right_trigger: "axis_right_trigger", mouse_x: "axis_mouse_x", mouse_y: "axis_mouse_y", wheel: "axis_wheel",
}

export const idOf = (control: Control): string => `${control.kind}:${control.output}:${control.name}`

/** A control's name for people. */
export function titleOf({ kind, name }: Control): string {
  if (kind === "other") {
    const text = t(`do_${name}` as Key)
    return text.charAt(0).toUpperCase() + text.slice(1)
  }
  if (kind === "grip") return t("grip", name.replaceAll("_", " "))
  if (kind === "axis") return name in NAMED ? t(NAMED[name]!) : t("axis_named", name)
  if (name.startsWith("key_")) return t("key_named", name.slice(4).replaceAll("_", " "))
  return t("button_named", PAD_BUTTONS.includes(name) && name.length < 3 ? name.toUpperCase() : name.replaceAll("_", " "))
}

/** Every control that can be chosen, by the pictures that show them. */
export function groupsOf(opened: Opened, content: Content, more: Control[]): Group[] {
  const groups: Group[] = []
  const names = named(content), fixed = opened.outputs.filter(one => one.controls)
  const shown = new Set<string>()
  const add = (title: string, picture: Picture, buttons: string[], axes: string[]) => {
    const controls: Control[] = [
      ...buttons.map(name => ({ kind: "button" as const, name, output: -1 })), ...axes.map(name => ({ kind: "axis" as const, name, output: -1 }))]
    for (const one of controls) shown.add(idOf(one))
    if (controls.length) groups.push({ title, picture, controls })
  }
  for (const { kind, controls } of fixed) {
    const picture = kind === "gamepad" ? "pad" : kind === "keyboard" ? "keyboard" : "list"
    const order = kind === "gamepad" ? inOrder(controls!.buttons) : controls!.buttons
    add(kind === "gamepad" ? t("gamepad") : kind === "keyboard" ? t("keyboard") : kind, picture, order, controls!.axes)
  }
  opened.outputs.forEach((output, number) => {
    const grips = Object.keys(output.grips)
    if (grips.length) groups.push({ title: t("hand"), picture: "hand", controls: grips.map(name => ({ kind: "grip", name, output: number })) })
  })
  const isPad = [...names.buttons].every(one => PAD_BUTTONS.includes(one)) && [...names.axes].every(one => PAD_AXES.includes(one))
  if (!groups.length && isPad && !opened.outputs.some(one => one.kind === "osc")) add(t("gamepad"), "pad", PAD_BUTTONS, PAD_AXES)
  const rest = [...[...names.buttons].map(name => ({ kind: "button" as const, name, output: -1 })),
    ...[...names.axes].map(name => ({ kind: "axis" as const, name, output: -1 })), ...more].filter(one => !shown.has(idOf(one)))
  const unique = [...new Map(rest.map(one => [idOf(one), one])).values()]
  if (unique.length) groups.push({ title: opened.outputs.filter(one => !one.controls).map(one => one.kind).join(", "), picture: "list", controls: unique })
  groups.push({ title: t("emgctl_itself"), picture: "list", controls: OTHER_KINDS.map(name => ({ kind: "other", name, output: -1 })) })
  return groups
}

/** Whether any name goes, as some output takes all. */
export function takesAnyName(opened: Opened): boolean {
  return opened.outputs.every(one => !one.controls && !Object.keys(one.grips).length)
}

/** Whether an action drives a control. */
export function drives(action: Action, control: Control): boolean {
  if (control.kind === "other") return action.do === control.name
  return control.kind !== "grip" && namesIn(action, control.kind === "button" ? "button" : "axis").includes(control.name)
}

export interface Assignment { gesture: string; place: number; action: Action }

/** What drives a control in a layer. */
export function assignments(content: Content, layer: string, control: Control): Assignment[] {
  return Object.entries(mappingOf(content, layer)).flatMap(([gesture, actions]) =>
    actions.map((action, place) => ({ gesture, place, action })).filter(one => drives(one.action, control)))
}

/** The control that an action drives first. */
export function controlOf(action: Action): Control {
  const [button] = namesIn(action, "button"), [axis] = namesIn(action, "axis")
  if (button !== undefined) return { kind: "button", name: button, output: -1 }
  if (axis !== undefined) return { kind: "axis", name: axis, output: -1 }
  return { kind: "other", name: action.do, output: -1 }
}

/** The names of buttons or axes in an action, those of a sequence's steps as well. */
function namesIn(action: Action, kind: "button" | "axis"): string[] {
  const list = (value: unknown): string[] => (value === undefined || value === null ? [] : Array.isArray(value) ? value : [String(value)])
  const steps = (action.steps ?? []) as Record<string, unknown>[]
  return [...list(action[kind]), ...steps.flatMap(step => list(step[kind === "button" ? "press" : "axis"]))]
}

function named(content: Content): { buttons: Set<string>; axes: Set<string> } {
  const buttons = new Set<string>(), axes = new Set(Object.keys(content.axes))
  for (const layer of ["", ...Object.keys(content.layers)])
    for (const actions of Object.values(mappingOf(content, layer)))
      for (const action of actions) {
        for (const name of namesIn(action, "button")) buttons.add(name)
        for (const name of namesIn(action, "axis")) axes.add(name)
      }
  return { buttons, axes }
}

function inOrder(names: string[]): string[] {
  return [...PAD_BUTTONS.filter(one => names.includes(one)), ...names.filter(one => !PAD_BUTTONS.includes(one))]
}
