// The pictures on which a control is chosen: pad, keyboard, hand and lists.

import { h, put, s } from "../../dom"
import { choosable } from "../../draw/choosable"
import { gesture, known, movingHand } from "../../draw/gestures"
import { keys } from "../../draw/keys"
import { pad } from "../../draw/pad"
import type { Message } from "../../live"
import { idOf, titleOf, type Control, type Group } from "./controls"

export interface Shown { describe: (control: Control) => string; chosen: string; mapped: Set<string>; bad: Set<string> }
export interface Drawn { element: HTMLElement; show: (shown: Shown) => void; tick: (state: Message["state"] | null) => void }

/** The picture of a group of controls. */
export function drawn(group: Group, opened: { outputs: { grips: Record<string, Record<string, number>> }[] }, choose: (control: Control) => void): Drawn {
  if (group.picture === "pad" || group.picture === "keyboard") return picture(group, choose)
  return tiles(group, opened, choose)
}

function picture(group: Group, choose: (control: Control) => void): Drawn {
  const made = group.picture === "pad" ? pad(true) : { ...keys(), show: () => undefined }
  const controls = new Map(group.controls.map(one => [one.name, one]))
  const parts = [...made.parts].filter(([name, part]) => {
    if (controls.has(name)) return true
    part.classList.add("absent")
    return false
  }).map(([name, element]) => ({ name, element }))
  for (const { element } of parts) element.append(s("title"))
  const mark = choosable(made.picture, group.title, parts, name => choose(controls.get(name)!))
  const others = group.controls.filter(one => !made.parts.has(one.name)), list = others.length ? tiles({ ...group, picture: "list", controls: others }, { outputs: [] }, choose) : null
  return {
    element: h("div", { class: `drawn ${group.picture}-drawn` }, h("h3", {}, group.title), made.picture, list ? list.element.lastElementChild : null),
    show(shown) {
      const named = (name: string) => shown.describe(controls.get(name)!)
      mark(named, [...controls.values()].find(one => idOf(one) === shown.chosen)?.name ?? "", new Set([...controls.values()].filter(one => shown.mapped.has(idOf(one))).map(one => one.name)))
      for (const { name, element } of parts) {
        element.querySelector("title")!.textContent = named(name)
        element.classList.toggle("bad", shown.bad.has(idOf(controls.get(name)!)))
      }
      list?.show(shown)
    },
    tick(state) {
      const axes = state?.axes ?? {}, buttons = state?.buttons ?? []
      if (group.picture === "pad") made.show({ buttons, axes })
      for (const { name, element } of parts) element.classList.toggle("on", buttons.includes(name) || Boolean(axes[name]))
      list?.tick(state)
    },
  }
}

function tiles(group: Group, opened: { outputs: { grips: Record<string, Record<string, number>> }[] }, choose: (control: Control) => void): Drawn {
  const made = group.controls.map(control => {
    const marks = h("span", { class: "marks" }), hand = control.kind === "grip" ? grip(control.name, opened.outputs[control.output]!.grips[control.name] ?? {}) : null
    return { control, marks, button: h("button", { class: "tile", onclick: () => choose(control) }, hand, h("span", {}, titleOf(control)), marks) }
  })
  return {
    element: h("div", { class: `drawn ${group.picture}-drawn` }, h("h3", {}, group.title), h("div", { class: "tiles" }, ...made.map(one => one.button))),
    show({ describe, chosen, mapped, bad }) {
      for (const { control, button, marks } of made) {
        const id = idOf(control)
        button.setAttribute("aria-label", describe(control))
        button.setAttribute("aria-pressed", String(id === chosen))
        button.classList.toggle("mapped", mapped.has(id))
        button.classList.toggle("bad", bad.has(id))
        put(marks, bad.has(id) ? " ✗" : "")
        button.classList.toggle("chosen", id === chosen)
      }
    },
    tick(state) {
      for (const { control, button } of made)
        button.classList.toggle("on", Boolean(state?.buttons?.includes(control.name) || (control.kind === "axis" && state?.axes?.[control.name])))
    },
  }
}

/** A grip: as the gesture of its name, else a hand with its fingers as far closed. */
function grip(name: string, fingers: Record<string, number>): SVGSVGElement {
  if (known(name)) return gesture(name)
  const hand = movingHand()
  hand.show(fingers)
  return hand.picture
}
