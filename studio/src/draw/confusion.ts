// What was made and what was recognized, as a table with shades and numbers.

import { h } from "../dom"
import { t } from "../text"
import { gestureName } from "../gesture-names"

/** Rows are what was made, columns what it was taken for, in percent of the row. */
export function confusionTable(labels: string[], confusion: number[][]): HTMLElement {
  const shown = labels.map((_, column) => column < confusion.length || confusion.some(row => row[column]))
  const columns = labels.map((label, column) => ({ label, column })).filter(one => shown[one.column])
  const rows = confusion.map((row, made) => {
    const all = row.reduce((sum, one) => sum + one, 0)
    return h("tr", {}, h("th", { scope: "row" }, gestureName(labels[made] ?? "")), ...columns.map(({ column }) => {
      const share = all ? (row[column] ?? 0) / all : 0
      const cell = h("td", { class: column === made ? "right" : share >= 0.05 ? "wrong" : "" }, all ? `${Math.round(100 * share)}` : "–")
      cell.style.setProperty("--share", `${Math.round(100 * share)}%`)
      return cell
    }))
  })
  return h("div", { class: "scrolls", tabindex: 0, role: "region", "aria-label": t("confusion") },
    h("table", { class: "confusion" },
      h("caption", {}, t("confusion_hint")),
      h("thead", {}, h("tr", {}, h("td", {}), ...columns.map(({ label }) => h("th", { scope: "col" }, gestureName(label))))),
      h("tbody", {}, ...rows)))
}
