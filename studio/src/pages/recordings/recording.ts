// One recording: its signal, its labelled segments, changed copies, and how well a model does on it.

import { post } from "../../api"
import { h } from "../../dom"
import { report } from "../../shell"
import { t } from "../../text"
import { copyForm } from "./copy"
import { evaluation } from "./evaluation"
import { length, type About } from "./list"
import { segmentTable, type Segment } from "./segments"
import { signalView } from "./signal"

export interface Opened extends About {
  part: number; unit: string; user: string; session: string; names: string[]; known: string[]; not_written: string[]
  segments: Segment[]; segments_left_out: number
}

const READING_MS = 120_000

export function openRecording(file: string): { element: HTMLElement; leave: () => void } {
  const body = h("div", {}, h("p", { role: "status" }, t("reading")))
  const decoding = evaluation(file)
  let leave = () => undefined as void, left = false

  async function open(part: number): Promise<void> {
    let found: Opened
    try {
      found = await post("recordings/open", { recording: file, part }, READING_MS)
    } catch (error) {
      body.replaceChildren(h("p", { class: "problem" }, t("cannot_open")))
      return report(error)
    }
    if (left) return
    leave()
    const labels = new Map<number, string>()
    const view = signalView(file, found), table = segmentTable(found, labels)
    leave = view.leave
    const changed = () => { table.show(); view.mark(labels) }
    const form = copyForm(file, found, labels, view, changed)
    body.replaceChildren(
      facts(found, part => void open(part)),
      h("section", { class: "panel wide" }, h("h2", {}, t("signal")), view.element),
      h("div", { class: "panels" },
        h("section", { class: "panel half" }, h("h2", {}, t("segments")), table.element),
        h("section", { class: "panel half" }, h("h2", {}, t("changed_copy")), form),
        h("section", { class: "panel wide" }, h("h2", {}, t("evaluate_title")), decoding.element)))
  }

  void open(0)
  return { element: body, leave: () => { left = true; leave(); decoding.leave() } }
}

function facts(found: Opened, choose: (part: number) => void): HTMLElement {
  const parts = h("select", { onchange: () => choose(Number(parts.value)) },
    ...Array.from({ length: found.parts }, (_, one) => h("option", { value: one, selected: one === found.part }, `${one + 1} / ${found.parts}`)))
  const texts = [length(found.seconds), t("channels_at", found.channels, found.rate_hz), found.user, found.session]
  return h("div", { class: "bar start" },
    h("p", { class: "muted" }, texts.filter(Boolean).join(" · ")),
    found.parts > 1 ? h("label", { class: "choice" }, t("part"), parts) : null)
}
