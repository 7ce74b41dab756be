// The segments of a recording as a table.

import { h } from "../../dom"
import { gestureName } from "../../gesture-names"
import { t } from "../../text"
import type { Opened } from "./recording"

export interface Segment { begin_s: number; end_s: number; label: string; number: number }

/** The table; `show` marks what has another label in `labels` by now. */
export function segmentTable(found: Opened, labels: Map<number, string>): { element: HTMLElement; show: () => void } {
  const body = h("tbody", {})
  const show = () => body.replaceChildren(...found.segments.map((one, number) => h("tr", { class: labels.has(number) ? "changed" : "" },
    h("td", {}, String(number + 1)),
    h("td", {}, labels.has(number) ? t("label_change", labelOf(one.label), labelOf(labels.get(number)!)) : labelOf(one.label)),
    h("td", {}, `${one.begin_s.toFixed(2)} – ${one.end_s.toFixed(2)} s`))))
  show()
  const element = h("div", {},
    h("div", { class: "scrolls tall", tabindex: 0, role: "region", "aria-label": t("segments") },
      h("table", { class: "segments" },
        h("thead", {}, h("tr", {}, ...(["segment", "label", "from_until"] as const).map(key => h("th", { scope: "col" }, t(key))))), body)),
    found.segments_left_out ? h("p", { class: "muted" }, t("segments_left_out", found.segments_left_out)) : null)
  return { element, show }
}

/** A segment's label to read. */
export function labelOf(label: string): string {
  return label ? gestureName(label) : t("no_label")
}
