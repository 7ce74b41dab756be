// Step 4: how good it is, in plain words, and what comes next.

import { h } from "../../dom"
import { confusionTable } from "../../draw/confusion"
import { gesture } from "../../draw/gestures"
import { gestureName } from "../../gesture-names"
import type { Calibration } from "../../live"
import { t } from "../../text"
import { musclePanel } from "./muscles"

export interface Actions { play: () => void; map: () => void; tryOut: () => void; again: () => void; other: () => void }

const GOOD = 0.95, USABLE = 0.85, CONFUSED = 0.05

export function resultView(found: Calibration, messages: string[], actions: Actions): HTMLElement {
  const { result, phase } = found, isDone = phase === "done"
  const failure = found.failure ?? (isDone ? [] : messages)
  const share = result?.share ?? null
  const verdict = !isDone ? t(phase === "failed" ? "cal_failed" : "cal_stopped")
    : result && !result.replaced ? t("cal_kept") : share === null ? t("cal_done") : t(share >= GOOD ? "cal_good" : share >= USABLE ? "cal_usable" : "cal_poor")
  const isOfPoses = found.kind === "pose" // which have no confusion: the advice has the error in words
  const sentences = isDone ? warningsOf(result?.advice ?? []) : phase === "failed" ? failure : [t("nothing_replaced"), ...failure]
  const buttons = isDone
    ? [button("play", t("play"), actions.play, true), button("map", t("map_gestures"), actions.map), button("try", t("try_out"), actions.tryOut), button("again", t("cal_again"), actions.again), button("other", t("cal_other"), actions.other)]
    : [button("again", t("cal_again"), actions.again, true), button("other", t("cal_other"), actions.other)]
  const element = h("div", { class: "result" },
    h("section", { class: "panel verdict", role: "status" },
      h("h2", { class: `label ${isDone && (share === null || share >= USABLE) ? "good" : "problem"}` }, `${isDone && (share === null || share >= USABLE) ? "✓" : isDone ? "!" : "✗"} ${verdict}`),
      share === null ? null : h("p", { class: "share" }, t(found.kind === "quick" || found.kind === "sync" ? "percent_right_same" : "percent_right", Math.round(100 * share))),
      ...sentences.map(text => h("p", { class: isDone ? "problem" : "" }, text)),
      ...(isDone && isOfPoses ? plain(result?.advice ?? []) : confusions(found)).map(text => h("p", {}, text)),
      h("div", { class: "bar start" }, ...buttons)),
    result?.confusion && result.labels ? h("section", { class: "panel" }, h("h2", {}, t("confusion")), confusionTable(result.labels, result.confusion)) : null,
    result?.muscles ? musclePanel(result.muscles, result.unit ?? "") : null,
    isDone && !isOfPoses && !result?.muscles && result?.gestures?.length ? h("section", { class: "panel" }, h("h2", {}, t("learned")),
      h("div", { class: "gestures shown" }, ...result.gestures.map(label => h("figure", {}, gesture(label), h("figcaption", {}, gestureName(label)))))) : null,
    isDone && !isOfPoses && result?.advice?.length ? h("section", { class: "panel details" }, h("details", {}, h("summary", {}, t("cal_details")), h("ul", { class: "rows" }, ...result.advice.map(text => h("li", {}, text))))) : null)
  queueMicrotask(() => element.querySelector<HTMLElement>(".verdict button")?.focus())
  return element
}

function button(name: string, text: string, act: () => void, primary = false): HTMLElement {
  return h("button", { class: `${name}${primary ? " primary" : ""}`, onclick: act }, text)
}

function warningsOf(advice: string[]): string[] {
  return advice.filter(text => text.startsWith("warning: ")).map(text => `! ${text.slice(9)}`)
}

function plain(advice: string[]): string[] {
  return advice.filter(text => !text.startsWith("warning: "))
}

/** What was taken for what most often, in sentences. */
function confusions({ result }: Calibration): string[] {
  const { labels, confusion } = result ?? {}
  if (!labels || !confusion) return []
  const pairs = confusion.flatMap((row, made) => {
    const all = row.reduce((sum, one) => sum + one, 0)
    return row.map((count, taken) => ({ share: all ? count / all : 0, made: labels[made] ?? "", taken: labels[taken] ?? "" }))
      .filter(one => one.made !== one.taken && one.share >= CONFUSED)
  }).sort((a, b) => b.share - a.share).slice(0, 3)
  return pairs.map(({ share, made, taken }) => t("taken_for", gestureName(made), gestureName(taken), Math.round(100 * share)))
}
