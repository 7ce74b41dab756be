// Step 3: the prompts, while it is recorded.

import { post } from "../../api"
import { h, keyed, put } from "../../dom"
import { countdown } from "../../draw/countdown"
import { gesture } from "../../draw/gestures"
import { electrodes } from "../../draw/ring"
import { drawTraces } from "../../draw/traces"
import { gestureName, howTo } from "../../gesture-names"
import { KEPT_S, type Calibration, type Live } from "../../live"
import { endRun, report } from "../../shell"
import { play, soundSwitch } from "../../sound"
import { has, t } from "../../text"
import { namedElectrodes, warningText } from "../../warnings"
import type { View } from "./view"

const GESTURE_HZ = 880, REST_HZ = 440, TICK_HZ = 660

export function session(live: Live): View {
  const ring = countdown(), name = h("h2", { class: "label", tabindex: -1 }), how = h("p", { class: "how" }), announced = h("p", { class: "unseen", role: "status", "aria-live": "assertive" })
  const seconds = h("p", { class: "seconds", "aria-hidden": "true" }), next = h("div", { class: "next" })
  const begin = h("button", { class: "primary large", onclick: () => void ask("begin") }, t("begin"))
  const redo = h("button", { onclick: () => { const at = current(); if (at >= 0) void ask("again", { number: at }) } }, t("redo"))
  const end = h("button", { onclick: () => void endRun() }, t("stop_calibration"))
  const rhythm = h("ol", { class: "rhythm", "aria-hidden": "true" })
  const muscles = h("meter", { min: 0, max: 1, "aria-label": t("muscles") }), problem = h("div", { role: "alert" }), warnings = h("ul", { class: "notes", "aria-live": "assertive" })
  const notes = h("ul", { class: "notes muted", "aria-live": "polite" }), around = h("div", {}), traces = h("canvas", { class: "traces", role: "img" }), quality = h("ul", { class: "notes", "aria-live": "polite" })
  const learning = h("progress", { "aria-label": t("learning") })
  const prompt = h("section", { class: "panel prompt" }, ring.picture, h("div", {}, name, how, seconds, h("div", { class: "meter" }, h("span", {}, t("muscles")), muscles, h("span", {})), learning, next, begin), announced)
  const element = h("div", { class: "session" },
    prompt,
    h("section", { class: "panel signals" }, h("h2", {}, t("electrodes")), around, quality),
    h("section", { class: "panel controls" }, rhythm, h("div", { class: "bar" }, redo, soundSwitch(), end), problem, warnings, notes),
    h("section", { class: "panel wide" }, h("h2", {}, t("signal")), traces))

  let electrode: ReturnType<typeof electrodes> | null = null, step = -1, second = 0, largest = 1e-6, phase = ""

  /** The gesture that is made or, at rest, was made last. */
  function current(): number {
    const found = live.message?.calibration?.step
    if (!found) return -1
    return found.rest && found.number > 0 ? found.number - 1 : found.number
  }

  async function ask(what: string, more: object = {}): Promise<void> {
    try {
      await post(`calibration/${what}`, more)
    } catch (error) {
      report(error)
    }
  }

  function update(): void {
    const found: Calibration = live.message?.calibration ?? { phase: "opening" }, run = live.message?.run
    const one = found.step, isRecording = found.phase === "recording" && one !== undefined
    if (found.phase !== phase) {
      const had = document.activeElement === begin
      phase = found.phase
      begin.hidden = phase !== "ready"
      learning.hidden = phase !== "learning"
      redo.hidden = !isRecording || !found.can_repeat
      seconds.hidden = !isRecording
      if (phase === "ready") begin.focus()
      else if (had) name.focus({ preventScroll: true })
      if (phase === "recording") prompt.scrollIntoView({ block: "start" })
    }
    if (isRecording) {
      if (one.number !== step || (found.left_s ?? 0) > second + 0.5) {
        if (one.number !== step) put(announced, t("announced", gestureName(one.label), one.seconds.toFixed(1), translated(one.how)))
        step = one.number
        play(one.rest ? REST_HZ : GESTURE_HZ, 0.2)
      } else if (Math.ceil(found.left_s ?? 0) < second) play(TICK_HZ, 0.04, 0.1)
      second = Math.ceil(found.left_s ?? 0)
      ring.begin(one.label, one.seconds)
      ring.show(found.left_s ?? 0, found.fingers ?? {})
      put(name, gestureName(one.label))
      put(how, translated(one.how) || howTo(one.label))
      put(seconds, `${(found.left_s ?? 0).toFixed(1)} s`)
      largest = Math.max(largest, found.level ?? 0)
      muscles.value = (found.level ?? 0) / largest
    } else {
      ring.begin("rest", 1)
      ring.show(phase === "learning" ? 0 : 1, {})
      put(name, t(phase === "ready" ? "ready" : phase === "learning" ? "learning" : "opening"))
      put(how, t(phase === "ready" ? "ready_hint" : phase === "learning" ? "learning_hint" : "opening_hint"))
      const { done = 0, total = 0 } = found.progress ?? {}
      if (total > 1) [learning.max, learning.value] = [total, done]
      else learning.removeAttribute("value")
    }
    const following = isRecording ? (found.script ?? [])[one.number + 1] : undefined
    keyed(next, `${phase} ${following} ${one?.number}`, () => !isRecording ? [] : following === undefined ? [t("then_end")] : [t("then"), gesture(following), h("strong", {}, gestureName(following))])
    keyed(rhythm, `${found.script?.join()} ${isRecording ? one.number : phase}`, () => (isRecording ? found.script ?? [] : []).map((label, place) =>
      h("li", { class: `${place < one!.number ? "over" : place === one!.number ? "now" : ""} ${label === "rest" ? "pause" : ""}`, title: gestureName(label) })))
    keyed(problem, found.lost ?? "", () => found.lost ? [h("p", { class: "problem" }, `✗ ${t(found.can_repeat === false ? "device_lost_pose" : "device_lost", found.lost)}`)] : [])
    keyed(warnings, JSON.stringify(found.warnings ?? []), () => (found.warnings ?? []).map((one, place, all) => h("li", { class: "problem" }, h("span", {}, `✗ ${warningText(one.text)}`),
      isRecording && found.can_repeat && all[place + 1]?.number !== one.number ? h("button", { onclick: () => void ask("again", { number: one.number }) }, t("redo_one", gestureName(one.label))) : null)))
    keyed(notes, JSON.stringify(found.notes ?? []), () => (found.notes ?? []).slice(-3).map(text => h("li", {}, text)))
    element.classList.toggle("connected", Boolean(run))
    if (!run) return
    traces.setAttribute("aria-label", t("signal_alt", KEPT_S, run.channels))
    traces.style.setProperty("--rows", String(Math.min(run.channels, 64)))
    keyed(around, `${run.channels} ${run.grid}`, () => [(electrode = electrodes(run.channels, run.grid)).picture])
    electrode?.show(live.message?.strength ?? [], namedElectrodes(live.quality))
    keyed(quality, live.quality.join("\n"), () => live.quality.length ? live.quality.map(text => h("li", { class: "problem" }, `✗ ${warningText(text)}`)) : [h("li", { class: "good" }, `✓ ${t("all_good")}`)])
  }

  const stopDrawing = drawTraces(traces, live)
  update()
  return { element, update, leave: stopDrawing }
}

/** How a step is to be made, in the language of the page. */
function translated(how: string): string {
  const name = `how_${how.replace(/[^a-z]+/gi, "_")}`
  return has(name) ? t(name) : how
}
