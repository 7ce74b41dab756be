// What was measured of single muscles: a bar and a line of words for each.

import { h } from "../../dom"
import { muscleBar } from "../../draw/muscle"
import { gestureName } from "../../gesture-names"
import type { Muscle } from "../../live"
import { t } from "../../text"

/** The panel with the muscles of a result. */
export function musclePanel(muscles: Muscle[], unit: string): HTMLElement {
  return h("section", { class: "panel levels" }, h("h2", {}, t("your_muscles")), h("p", { class: "muted" }, t("your_muscles_hint")), ...muscles.map(one => {
    const level = (value: number) => `${value.toPrecision(3).replace(/\.?0+$/, "")} ${unit}`
    const bar = muscleBar({ rest: one.rest / one.strong, from: one.active_from / one.strong })
    const words = [`▨ ${t("muscle_rest", level(one.rest))}`, `▲ ${t("muscle_from", level(one.active_from), Math.round(100 * one.threshold))}`, `█ ${t("muscle_strong", level(one.strong))}`]
    bar.show(1, words.join(", "))
    return h("div", {}, h("h3", {}, t("muscle_at", gestureName(one.name), one.electrode)), bar.picture, h("p", {}, ...words.map(text => h("span", {}, text))))
  }))
}
