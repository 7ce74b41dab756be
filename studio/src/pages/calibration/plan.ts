// Step 2: which kind of calibration, and which gestures.

import { choice, choices } from "../../choice"
import { h, put } from "../../dom"
import { report } from "../../shell"
import { t, type Key } from "../../text"
import type { Setup } from "./choose"
import { names } from "./names"

export interface Plan { kind: string; gestures: string[]; unwanted: string[]; casual: boolean; arm?: string; repetitions?: number }

const USUAL = ["fist", "flexion", "extension", "open"]
const PAIRS = [["close", "open"], ["flexion", "extension"]] // of muscles that two electrodes usually lie on
const MOST_MUSCLES = 6, EFFORT_S = 3, BEFORE_EFFORTS_S = 4
const QUICK_S = 2.6, CASUAL_S = 10.6, HOLD_S = 3, REST_S = 2

export function plan(setup: Setup, start: (plan: Plan) => void, back: () => void): HTMLElement {
  const kinds = setup.kinds.map(one => choice("radio", "kind", one, t(`kind_${one}` as Key), t(`kind_${one}_hint` as Key)))
  const first = kinds.find(one => one.box.value === usualKind(setup)) ?? kinds[0]
  if (first) first.box.checked = true
  const others = setup.only ? "" : t("own_name"), can = setup.can.filter(one => one !== "rest")
  const usual = can.some(one => USUAL.includes(one)) ? USUAL : can.slice(0, 3)
  const wanted = names("gesture", can, one => usual.includes(one), others), ignored = names("ignored", can, () => false, others)
  const most = Math.min(MOST_MUSCLES, setup.channels ?? MOST_MUSCLES), offered = setup.only ? can : [...new Set([...setup.own, ...PAIRS.flat()])]
  const pair = [setup.own, ...PAIRS].find(some => some.length && some.every(one => offered.includes(one))) ?? offered.slice(0, 2)
  const worked = names("muscle", [...pair, ...offered.filter(one => !pair.includes(one))], one => pair.includes(one), setup.only ? "" : t("own_muscle"), most)
  const casual = choice("checkbox", "casual", "casual", t("casual"), t("casual_hint"))
  const arms = ["right", "left"].map(one => choice("radio", "arm", one, t(`arm_${one}` as Key)))
  arms[0]!.box.checked = true
  const repetitions = h("input", { type: "number", min: 1, max: 20, value: 3, required: true })
  const often = h("label", { class: "field" }, t("repetitions"), repetitions, h("small", {}, t("positions_hint")))
  const more = h("details", {}, h("summary", {}, t("more_options")),
    choices(t("ignore_too"), "pictures", h("p", { class: "muted" }, t("ignore_hint")), ignored.element), casual.element, choices(t("which_arm"), "row", ...arms.map(one => one.element)))
  const shown = choices(t("which_gestures"), "pictures", wanted.element)
  const muscles = choices(t("which_muscles"), "pictures", h("p", { class: "muted" }, t("which_muscles_hint", most)), worked.element)
  const time = h("p", { class: "muted", role: "status" })
  const form = h("form", { class: "panel", onsubmit: (event: Event) => { event.preventDefault(); submit() } },
    choices(t("which_kind"), "cards", ...kinds.map(one => one.element)), shown, muscles, often, more,
    h("div", { class: "bar" }, h("button", { type: "button", onclick: back }, t("back")), time, h("button", { class: "primary" }, t("next"))))
  form.addEventListener("change", adapt)

  function kind(): string {
    return kinds.find(one => one.box.checked)?.box.value ?? ""
  }

  function adapt(): void {
    const is = kind(), count = wanted.chosen().length
    shown.hidden = is !== "quick" && is !== "full"
    muscles.hidden = is !== "muscles"
    often.hidden = is !== "full"
    more.hidden = is !== "quick"
    const seconds = is === "quick" ? QUICK_S * (1 + count + ignored.chosen().length) + (casual.box.checked ? CASUAL_S : 0)
      : is === "full" ? repetitions.valueAsNumber * (count * (HOLD_S + REST_S) + REST_S) : is === "sync" ? 3 * QUICK_S : is === "pose" ? 65
      : is === "muscles" ? BEFORE_EFFORTS_S + EFFORT_S * worked.chosen().length : 20
    put(time, Number.isFinite(seconds) ? t("takes", Math.round(seconds)) : "")
  }

  function submit(): void {
    const is = kind(), gestures = (is === "muscles" ? worked : wanted).chosen(), unwanted = ignored.chosen().filter(one => !gestures.includes(one))
    if (!shown.hidden && !gestures.length) return report(t("choose_gesture"))
    if (is === "muscles" && !gestures.length) return report(t("choose_muscle"))
    start({
      kind: is, gestures: shown.hidden && is !== "muscles" ? [] : gestures, unwanted: is === "quick" ? unwanted : [], casual: is === "quick" && casual.box.checked,
      ...(is === "quick" ? { arm: arms.find(one => one.box.checked)!.box.value } : {}),
      ...(is === "full" ? { repetitions: repetitions.valueAsNumber } : {}),
    })
  }

  adapt()
  queueMicrotask(() => first?.box.focus())
  return form
}

/** A board with few electrodes has no pattern to recognize. */
function usualKind({ input, channels, kinds }: Setup): string {
  const isSmall = input.startsWith("serial") || (channels !== null && channels <= MOST_MUSCLES)
  return isSmall && kinds.includes("muscles") ? "muscles" : kinds[0] ?? ""
}
