// A changed copy of a recording: other labels, or a part of the time; always a new file.

import { naming } from "../../address"
import { post } from "../../api"
import { h, put } from "../../dom"
import { go, report, tell } from "../../shell"
import { t } from "../../text"
import type { Opened } from "./recording"
import { labelOf } from "./segments"
import type { SignalView } from "./signal"

const WRITING_MS = 300_000, MARGIN = 0.25
const OWN_FORMAT = "h5", FORMATS = { [OWN_FORMAT]: "emgctl", edf: "EDF+", bdf: "BDF+", parquet: "Parquet", mat: "MATLAB" }

export function copyForm(file: string, found: Opened, labels: Map<number, string>, view: SignalView, changed: () => void): HTMLElement {
  const segment = h("select", { onchange: showSegment }, ...found.segments.map((one, number) =>
    h("option", { value: number }, `${number + 1}: ${labelOf(one.label)}, ${one.begin_s.toFixed(1)} – ${one.end_s.toFixed(1)} s`)))
  const label = h("input", { type: "text", list: "known-labels", maxlength: 200, autocomplete: "off", spellcheck: false })
  const known = h("datalist", { id: "known-labels" }, ...found.known.map(one => h("option", { value: one })))
  const from = seconds(0), until = seconds(found.seconds), state = h("p", { role: "status", class: "muted" })
  const name = h("input", { type: "text", required: true, maxlength: 100, autocomplete: "off", spellcheck: false, value: `${stem(file)}-2` })
  const format = h("select", { onchange: showLoss }, ...Object.entries(FORMATS).map(([ending, title]) => h("option", { value: ending }, `${title} (.${ending})`)))
  const loss = h("p", { class: "muted" })
  const write = h("button", { class: "primary" }, t("write_copy"))

  function seconds(value: number): HTMLInputElement {
    return h("input", { type: "number", required: true, min: 0, max: Math.ceil(found.seconds * 1000) / 1000, step: "any", value: String(Number(value.toFixed(3))), oninput: say })
  }

  function showSegment(): void {
    const one = found.segments[Number(segment.value)]
    if (!one) return
    label.value = labels.get(Number(segment.value)) ?? one.label
    const margin = (one.end_s - one.begin_s) * MARGIN
    view.look(one.begin_s - margin, one.end_s + margin)
  }

  function showLoss(): void {
    const others = format.value !== OWN_FORMAT ? t("format_loses") : found.not_written.length ? t("copy_loses", found.not_written.join(", ")) : ""
    put(loss, `${t("copy_hint")} ${others}`)
  }

  function relabel(event: Event): void {
    event.preventDefault()
    const number = Number(segment.value), one = found.segments[number]
    if (!one) return
    const text = label.value.trim()
    if (text === one.label) labels.delete(number)
    else labels.set(number, text)
    changed()
    say()
  }

  const isCut = () => Number(from.value) > 0 || Number(until.value) < Number(found.seconds.toFixed(3))
  function say(): void {
    put(state, [labels.size ? t("labels_changed", labels.size) : "", isCut() ? t("is_cut", from.value, until.value) : ""].filter(Boolean).join(" · ") || t("nothing_changed"))
  }

  async function copy(event: Event): Promise<void> {
    event.preventDefault()
    write.disabled = true
    try {
      const span = isCut() ? { begin_s: Number(from.value), end_s: Number(until.value) } : {}
      const made = await post("recordings/write", { recording: file, part: found.part, as: name.value, to: format.value, labels: Object.fromEntries(labels), ...span }, WRITING_MS)
      tell(t("written", made.recording), "good")
      if (format.value === OWN_FORMAT) go(naming("recordings", { file: made.recording }))
    } catch (error) {
      report(error)
    } finally {
      write.disabled = false
    }
  }

  label.value = found.segments[0]?.label ?? ""
  say()
  showLoss()
  return h("div", {},
    h("form", { class: "fields", onsubmit: relabel },
      h("label", { class: "field" }, t("segment"), segment), h("label", { class: "field" }, t("new_label"), label, known),
      h("button", {}, t("change_label"))),
    h("form", { class: "fields", onsubmit: (event: Event) => void copy(event) },
      h("div", { class: "bar start" },
        h("label", { class: "choice" }, t("cut_from"), from), h("label", { class: "choice" }, t("cut_until"), until),
        h("button", { type: "button", onclick: () => { [from.value, until.value] = view.range().map(one => String(Number(one.toFixed(3)))) as [string, string]; say() } }, t("cut_shown"))),
      state,
      h("label", { class: "field" }, t("new_file"), name),
      h("label", { class: "field" }, t("format"), format),
      loss,
      write))
}

function stem(file: string): string {
  return file.split("/").pop()!.replace(/\.[^.]*$/, "").replace(/[^\p{L}\p{N}_ .-]/gu, "-")
}
