// Step 2: which kind of calibration, and which gestures.

import { choice, choices, type Choice } from "../../choice"
import { h, put } from "../../dom"
import { gesture } from "../../draw/gestures"
import { gestureName, howTo } from "../../gesture-names"
import { report } from "../../shell"
import { t, type Key } from "../../text"
import type { Setup } from "./choose"

export interface Plan { kind: string; gestures: string[]; unwanted: string[]; casual: boolean; arm?: string; repetitions?: number }

const USUAL = ["fist", "flexion", "extension", "open"]
const QUICK_S = 2.6, CASUAL_S = 10.6, HOLD_S = 3, REST_S = 2

export function plan(setup: Setup, start: (plan: Plan) => void, back: () => void): HTMLElement {
  const kinds = setup.kinds.map(one => choice("radio", "kind", one, t(`kind_${one}` as Key), t(`kind_${one}_hint` as Key)))
  if (kinds[0]) kinds[0].box.checked = true
  const wanted = grid("gesture", t("add_own")), ignored = grid("ignored", t("add_own"))
  const casual = choice("checkbox", "casual", "casual", t("casual"), t("casual_hint"))
  const arms = ["right", "left"].map(one => choice("radio", "arm", one, t(`arm_${one}` as Key)))
  arms[0]!.box.checked = true
  const repetitions = h("input", { type: "number", min: 1, max: 20, value: 3, required: true })
  const often = h("label", { class: "field" }, t("repetitions"), repetitions, h("small", {}, t("positions_hint")))
  const more = h("details", {}, h("summary", {}, t("more_options")),
    choices(t("ignore_too"), "pictures", h("p", { class: "muted" }, t("ignore_hint")), ignored.element), casual.element, choices(t("which_arm"), "row", ...arms.map(one => one.element)))
  const shown = choices(t("which_gestures"), "pictures", wanted.element)
  const time = h("p", { class: "muted", role: "status" })
  const form = h("form", { class: "panel", onsubmit: (event: Event) => { event.preventDefault(); submit() } },
    choices(t("which_kind"), "cards", ...kinds.map(one => one.element)), shown, often, more,
    h("div", { class: "bar" }, h("button", { type: "button", onclick: back }, t("back")), time, h("button", { class: "primary" }, t("next"))))
  form.addEventListener("change", adapt)

  function kind(): string {
    return kinds.find(one => one.box.checked)?.box.value ?? ""
  }

  function adapt(): void {
    const is = kind(), count = wanted.chosen().length
    shown.hidden = is !== "quick" && is !== "full"
    often.hidden = is !== "full"
    more.hidden = is !== "quick"
    const seconds = is === "quick" ? QUICK_S * (1 + count + ignored.chosen().length) + (casual.box.checked ? CASUAL_S : 0)
      : is === "full" ? repetitions.valueAsNumber * (count * (HOLD_S + REST_S) + REST_S) : is === "sync" ? 3 * QUICK_S : is === "pose" ? 65 : 20
    put(time, Number.isFinite(seconds) ? t("takes", Math.round(seconds)) : "")
  }

  function submit(): void {
    const is = kind(), gestures = wanted.chosen(), unwanted = ignored.chosen().filter(one => !gestures.includes(one))
    if (!shown.hidden && !gestures.length) return report(t("choose_gesture"))
    start({
      kind: is, gestures: shown.hidden ? [] : gestures, unwanted: is === "quick" ? unwanted : [], casual: is === "quick" && casual.box.checked,
      ...(is === "quick" ? { arm: arms.find(one => one.box.checked)!.box.value } : {}),
      ...(is === "full" ? { repetitions: repetitions.valueAsNumber } : {}),
    })
  }

  function grid(group: string, addText: string): { element: HTMLElement; chosen: () => string[] } {
    const cards = h("div", { class: "gestures" }), boxes: HTMLInputElement[] = []
    const add = (label: string, isOn: boolean): Choice => {
      const made = choice("checkbox", group, label, gestureName(label), howTo(label), gesture(label))
      made.box.checked = isOn
      boxes.push(made.box)
      cards.append(made.element)
      return made
    }
    for (const label of setup.can.filter(one => one !== "rest")) add(label, group === "gesture" && USUAL.includes(label))
    if (group === "gesture" && !boxes.some(one => one.checked)) boxes.slice(0, 3).forEach(one => (one.checked = true))
    const own = h("input", { type: "text", maxlength: 60, "aria-label": t("own_name"), placeholder: t("own_name"), onkeydown: (event: KeyboardEvent) => {
      if (event.key === "Enter" && own.value.trim()) {
        event.preventDefault()
        take()
      }
    } })
    const take = () => {
      const label = own.value.trim()
      if (!label || label === "rest" || boxes.some(one => one.value === label)) return
      add(label, true)
      own.value = ""
      form.dispatchEvent(new Event("change"))
    }
    const element = h("div", {}, cards, setup.only ? null : h("div", { class: "field own" }, own, h("button", { type: "button", onclick: take }, addText)))
    return { element, chosen: () => boxes.filter(one => one.checked).map(one => one.value) }
  }

  adapt()
  queueMicrotask(() => kinds[0]?.box.focus())
  return form
}
