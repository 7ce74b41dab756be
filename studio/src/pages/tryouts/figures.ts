// What a test measured, in words and numbers.

import { h, type Child } from "../../dom"
import { gestureName } from "../../gesture-names"
import type { Result } from "../../live"
import { t } from "../../text"

export const seconds = (value: number | null | undefined) => (value == null ? "–" : `${value.toFixed(2)} s`)
export const bits = (value: number | null | undefined) => (value == null ? "–" : t("to_bits", value.toFixed(2)))
export const percent = (value: number | null | undefined) => (value == null ? "–" : `${Math.round(100 * value)} %`)

/** The figures of a result, the most important first. */
export function figures(test: string, result: Result): Child[] {
  if (test === "reaction")
    return [list([
      [t("to_median"), seconds(result.median_s)], [t("to_p90"), seconds(result.p90_s)],
      [t("to_right"), t("to_progress", result.right ?? 0, result.trials ?? 0)], [t("to_wrong"), String(result.wrong ?? 0)], [t("to_missed"), String(result.missed)],
      [t("to_false"), t("to_false_value", result.false_activations ?? 0, Math.round(result.waited_s ?? 0))]])]
  if (test === "game")
    return [
      list([
        [t("to_points"), String(result.points ?? 0)], [t("to_opened"), t("to_progress", result.opened ?? 0, result.gates ?? 0)],
        [t("to_mean"), seconds(result.mean_s)], [t("to_longest"), String(result.longest_series ?? 0)]]),
      table(t("to_result"), [t("to_gesture"), t("to_opened")], Object.entries(result.gestures ?? {}).map(([label, one]) => h("tr", {}, h("th", { scope: "row" }, gestureName(label)), h("td", {}, t("to_progress", one.opened, one.gates)))))]
  const rows = (result.conditions ?? []).map(one => h("tr", {}, h("th", { scope: "row" }, `${one.id_bits.toFixed(1)} bit`),
    ...[t("to_progress", one.selected, one.selected + one.missed), seconds(one.time_s), one.effective_width?.toFixed(2) ?? "–", bits(one.throughput)].map(text => h("td", {}, text))))
  return [
    list([
      [t("to_throughput"), bits(result.throughput)], [t("to_selected"), t("to_progress", result.selected ?? 0, (result.selected ?? 0) + result.missed)],
      [t("to_efficiency"), percent(result.path_efficiency)], [t("to_overshoots"), result.overshoots?.toFixed(2) ?? "–"]]),
    table(t("to_result"), [t("to_difficulty"), t("to_selected"), t("to_time"), t("to_width"), t("to_throughput")], rows)]
}

/** A table that scrolls where it is too wide. */
export function table(name: string, columns: string[], rows: HTMLElement[]): HTMLElement {
  return h("div", { class: "scrolls", tabindex: 0, role: "region", "aria-label": name },
    h("table", { class: "measured" }, h("thead", {}, h("tr", {}, ...columns.map(text => h("th", { scope: "col" }, text)))), h("tbody", {}, ...rows)))
}

function list(pairs: [string, string][]): HTMLElement {
  return h("dl", {}, ...pairs.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]))
}
