// All recordings with what each holds, and the reports.

import { naming } from "../../address"
import { post } from "../../api"
import { h } from "../../dom"
import { report } from "../../shell"
import { t } from "../../text"

interface Listed { name: string; megabytes: number; modified_s: number }
export interface About { parts: number; seconds: number; channels: number; rate_hz: number; labels: string[] }

const READING_MS = 120_000

export function recordingList(): { element: HTMLElement; leave: () => void } {
  const recordings = h("div", {}), reports = h("div", {})
  const element = h("div", {},
    h("section", {}, h("h2", {}, t("recordings")), recordings),
    h("section", {}, h("h2", {}, t("reports")), reports))
  let left = false

  async function fill(): Promise<void> {
    const found = await post("recordings")
    const rows = (found.recordings as Listed[]).map(one => ({ name: one.name, ...row(one) }))
    recordings.replaceChildren(rows.length ? table(rows.map(one => one.element)) : h("p", {}, t("no_recordings", found.folder)))
    reports.replaceChildren(found.reports.length
      ? h("ul", { class: "rows" }, ...(found.reports as Listed[]).map(one => h("li", {},
        h("a", { href: `/report?${new URLSearchParams({ name: one.name })}`, target: "_blank", rel: "noopener noreferrer" }, one.name),
        h("span", { class: "muted" }, when(one.modified_s)))))
      : h("p", { class: "muted" }, t("no_reports")))
    for (const one of rows) { // one after the other: each may have to be read as a whole
      if (left) return
      try {
        one.show(await post("recordings/about", { recording: one.name }, READING_MS))
      } catch (error) {
        one.fail(error instanceof Error ? error.message : String(error))
      }
    }
  }

  fill().catch(report)
  return { element, leave: () => { left = true } }
}

function table(rows: HTMLElement[]): HTMLElement {
  const heads = ["name", "rec_length", "rec_channels", "rec_rate", "rec_labels", "rec_when"] as const
  return h("table", { class: "list" },
    h("thead", {}, h("tr", {}, ...heads.map(key => h("th", { scope: "col" }, t(key))))),
    h("tbody", {}, ...rows))
}

function row(one: Listed): { element: HTMLElement; show: (about: About) => void; fail: (problem: string) => void } {
  const cells = (["rec_length", "rec_channels", "rec_rate", "rec_labels"] as const).map(key => h("td", { "data-label": t(key) }, "…"))
  const element = h("tr", {},
    h("th", { scope: "row" }, h("a", { href: `#${naming("recordings", { file: one.name })}` }, one.name)),
    ...cells, h("td", { "data-label": t("rec_when") }, `${when(one.modified_s)}, ${one.megabytes} MB`))
  return {
    element,
    show(about) {
      const texts = [length(about.seconds), String(about.channels), `${about.rate_hz} Hz`, about.labels.join(", ") || t("none")]
      cells.forEach((cell, place) => cell.replaceChildren(texts[place]!))
    },
    fail(problem) {
      cells[0]!.replaceChildren(h("span", { class: "problem" }, `✗ ${problem}`))
      cells[0]!.colSpan = cells.length
      for (const cell of cells.slice(1)) cell.remove()
    },
  }
}

function when(seconds: number): string {
  return new Date(1000 * seconds).toLocaleString()
}

/** A duration to read. */
export function length(seconds: number): string {
  return seconds < 120 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}
