// How well a profile's model decodes a recording.

import { post } from "../../api"
import { h, put } from "../../dom"
import { confusionTable } from "../../draw/confusion"
import { report } from "../../shell"
import { t } from "../../text"

interface Result { balanced_accuracy: number; windows: number; labels: string[]; confusion: number[][]; warnings: string[]; left_out: string[] }
interface State {
  phase: "none" | "working" | "done" | "failed"; recording?: string; profile?: string; problem?: string; result?: Result
  progress?: { what: string; done: number; total: number }
}

const POLL_MS = 400

export function evaluation(file: string): { element: HTMLElement; leave: () => void } {
  const profile = h("select", {}), begin = h("button", { class: "primary", onclick: () => void start() }, t("evaluate"))
  const stop = h("button", { hidden: true, onclick: () => void end() }, t("stop_evaluation"))
  const progress = h("progress", { max: 1, hidden: true, "aria-label": t("evaluating") }), status = h("p", { role: "status" }), result = h("div", {})
  const bar = h("div", { class: "bar start" }, h("label", { class: "choice" }, t("model_of"), profile), begin, stop, progress)
  const element = h("div", {}, h("p", { class: "muted" }, t("evaluate_hint")), bar, status, result)
  let timer = 0, left = false

  async function fill(): Promise<void> {
    const { profiles } = await post("recordings")
    profile.replaceChildren(...profiles.map((one: string) => h("option", { value: one }, one)))
    begin.disabled = profile.disabled = !profiles.length
    if (!profiles.length) put(status, t("no_models"))
    else await follow()
  }

  async function start(): Promise<void> {
    try {
      await post("recordings/evaluate", { recording: file, profile: profile.value })
      await follow()
    } catch (error) {
      report(error)
    }
  }

  async function end(): Promise<void> {
    await post("recordings/evaluate/stop").catch(report)
    await follow().catch(report)
  }

  async function follow(): Promise<void> {
    clearTimeout(timer)
    const state = await post("recordings/evaluation") as State
    if (left) return
    show(state)
    if (state.phase === "working") timer = window.setTimeout(() => follow().catch(report), POLL_MS)
  }

  function show(state: State): void {
    const isMine = state.recording === file, works = state.phase === "working"
    begin.disabled = works
    stop.hidden = progress.hidden = !works
    if (state.progress?.total) progress.value = state.progress.done / state.progress.total
    else progress.removeAttribute("value")
    if (works) put(status, isMine ? t("evaluating") : t("evaluating_other", state.recording ?? ""))
    else put(status, isMine && state.phase === "failed" ? `✗ ${state.problem}` : isMine && state.result ? inWords(state, state.result) : "")
    status.className = isMine && state.phase === "failed" ? "problem" : ""
    result.replaceChildren(...(isMine && state.result ? [
      ...state.result.warnings.map(one => h("p", { class: "waits" }, one)),
      state.result.left_out.length ? h("p", { class: "muted" }, t("labels_left_out", state.result.left_out.join(", "))) : "",
      confusionTable(state.result.labels, state.result.confusion)] : []))
  }

  fill().catch(report)
  return { element, leave: () => { left = true; clearTimeout(timer) } }
}

function inWords(state: State, result: Result): string {
  return t("balanced", state.profile ?? "", (100 * result.balanced_accuracy).toFixed(1), result.windows)
}
