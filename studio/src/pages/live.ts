// The live view of the run.

import { h, keyed, put, type Child } from "../dom"
import { drawTraces } from "../draw/traces"
import { electrodes } from "../draw/ring"
import { muscleLevels } from "../draw/muscle"
import { outputPictures } from "../draw/outputs"
import { spectrum } from "../draw/spectrum"
import { spider } from "../draw/spider"
import { timeline } from "../draw/timeline"
import { inputsTable } from "../inputs"
import { drivenBy, KEPT_S, type Live } from "../live"
import { lostInputs, lostOutputs, profileChange } from "../run-notes"
import { endRun, type Page } from "../shell"
import { t } from "../text"
import { electrodeText, warningText } from "../warnings"

export function livePage(live: Live): Page {
  const traces = h("canvas", { class: "traces", role: "img" })
  const label = h("p", { class: "label", "aria-live": "polite" }), confidence = meter(t("confidence")), intensity = meter(t("intensity"))
  const around = h("div", {}), quality = h("ul", { class: "notes", "aria-live": "polite" }), map = h("div", {}), levels = muscleLevels()
  const decisions = h("canvas", { class: "decisions", role: "img" })
  const pictures = outputPictures(), driven = h("p", { class: "muted" }), outputs = h("ul", { class: "notes", "aria-live": "polite" })
  const waves = spectrum(live), inputs = inputsTable(live, "shown"), gone = lostInputs(), lost = lostOutputs(), change = profileChange()
  const figures = h("dl", {}), title = h("h1", {}), ended = h("div", { role: "status" })
  const whose = [h("span", {}), h("span", {})] // of several inputs, the one that is shown
  const panels = h("div", { class: "panels", id: "shown" },
    panel([t("gesture"), whose[0]], "gesture", label, confidence.element, intensity.element, figures),
    panel(t("driven"), "driven", pictures.element, driven, outputs),
    panel([t("signal"), whose[1]], "wide", traces, h("h3", {}, t("decisions")), decisions),
    panel(t("gesture_map"), "map", map, h("p", { class: "muted" }, t("gesture_map_hint"))),
    panel(t("muscles"), "muscles", levels.element, h("p", { class: "muted" }, t("muscle_levels_hint"))),
    panel(t("electrodes"), "ring", around, quality),
    panel(t("spectrum"), "waves", waves.element))
  const none = h("p", { class: "empty" }, t("nothing_runs"))
  const element = h("main", { id: "content", class: "live" },
    h("div", { class: "bar" }, title, h("button", { class: "end", onclick: () => void endRun() }, t("end"))), gone.element, lost.element, change.element, ended, none, inputs.element, panels)

  let ring: ReturnType<typeof electrodes> | null = null, star: ReturnType<typeof spider> | null = null

  function show(): void {
    const message = live.message, run = message?.run ?? null
    none.hidden = Boolean(live.isRunning || message?.ended)
    inputs.show()
    gone.show(live)
    lost.show(live)
    change.show(live)
    panels.hidden = !run
    element.classList.toggle("idle", !live.isRunning)
    put(title, run ? t("running", live.input ? message!.profile : run.user) : t("live"))
    const end = message?.ended ?? null
    keyed(ended, JSON.stringify(end), () => end
      ? [h("p", { class: end.status ? "problem" : "good" }, `${end.status ? "✗" : "✓"} ${t(end.status ? "run_failed" : "run_ended")}`),
        ...end.messages.slice(-4).map(text => h("p", { class: "muted" }, text))]
      : [])
    for (const one of whose) put(one, live.input && `: ${live.input}`)
    if (!message || !run) return
    if (end) put(title, t("run_ended"))
    traces.setAttribute("aria-label", t("signal_alt", KEPT_S, run.channels))
    traces.style.setProperty("--rows", String(Math.min(run.channels, 64)))
    keyed(around, `${run.channels} ${run.grid}`, () => [(ring = electrodes(run.channels, run.grid)).picture])
    keyed(map, `${live.input} ${run.labels}`, () => run.labels.length > 2 ? [(star = spider(run.labels)).picture] : [])
    const { prediction } = message.state, together = drivenBy(live.inputs.map(([, one]) => one)), all = live.outputs
    const ofMuscles = Object.keys(prediction?.levels ?? {}).length > 0
    panels.classList.toggle("of-muscles", ofMuscles)
    if (ofMuscles) levels.show(prediction?.levels ?? {}, prediction?.label ?? "")
    put(label, prediction?.label ?? t("no_gesture"))
    confidence.show(prediction?.confidence ?? 0)
    intensity.show(prediction?.intensity ?? 0)
    star?.show(prediction?.probabilities ?? {}, prediction?.label ?? "", prediction?.intensity ?? 0)
    waves.show(run.channels)
    ring?.show(message.strength, message.figures.bad_electrodes ?? {})
    pictures.show({ ...message.state, ...together }, { ...all, ...message.figures.outputs })
    const drives = Object.entries(all).filter(([name]) => name !== "studio"), grips = drives.filter(([, one]) => one.doing)
    put(driven, [...together.words, ...grips.map(([name, one]) => `${name}: ${one.doing}`)].join(" · ") || t("nothing_driven"))
    const bad = Object.entries(message.figures.bad_electrodes ?? {}).map(([one, what]) => electrodeText(one, what))
    const notes = [...bad, ...live.quality.map(warningText)]
    keyed(quality, notes.join("\n"), () => notes.length ? notes.map(text => h("li", { class: "problem" }, `✗ ${text}`)) : [h("li", { class: "good" }, `✓ ${t("all_good")}`)])
    keyed(outputs, JSON.stringify(drives.map(([name, one]) => [name, one.is_there, one.state])), () => drives.map(([name, one]) =>
      h("li", { class: one.is_there ? "good" : "problem" }, one.is_there ? `✓ ${name}: ${t("output_ok")}` : `✗ ${name}: ${t(one.state === "hung" ? "output_hangs" : "output_away")}`)))
    const { latency_us, samples_lost = 0, signal_s = 0 } = message.figures
    const ms = (us: number | null | undefined) => us == null ? "–" : (us / 1000).toFixed(2)
    keyed(figures, JSON.stringify([latency_us, samples_lost, Math.floor(signal_s)]), () => [
      h("dt", {}, t("latency")), h("dd", {}, `${ms(latency_us?.p50)} / ${ms(latency_us?.p99)} ms`),
      h("dt", {}, t("lost")), h("dd", {}, String(samples_lost)),
      h("dt", {}, t("time")), h("dd", {}, `${Math.floor(signal_s)} s`)])
  }

  const leave = live.listen(show), stopDrawing = drawTraces(traces, live), stopDecisions = timeline(decisions, live)
  show()
  return { element, leave: () => { leave(); stopDrawing(); stopDecisions(); waves.leave() } }
}

function panel(title: Child[] | string, name: string, ...content: Node[]): HTMLElement {
  return h("section", { class: `panel ${name}` }, h("h2", {}, ...title), ...content)
}

function meter(name: string): { element: HTMLElement; show: (share: number) => void } {
  const bar = h("meter", { min: 0, max: 1, "aria-label": name }), value = h("span", { class: "value" })
  return {
    element: h("div", { class: "meter" }, h("span", {}, name), bar, value),
    show(share) {
      bar.value = share
      put(value, `${Math.round(100 * share)} %`)
    },
  }
}
