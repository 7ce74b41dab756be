// The inputs of a run that has several: what each does now, and which of them the page shows.

import { h, keyed, put } from "./dom"
import { drivenBy, type InputState, type Live } from "./live"
import { runState } from "./run-state"
import { t } from "./text"

interface Row { element: HTMLElement; show: (one: InputState, isShown: boolean) => void }

/** A row for each input; its button has the page show it, in the element of the id `shows`. */
export function inputsTable(live: Live, shows: string): { element: HTMLElement; show: () => void } {
  const rows = h("tbody", {}), titles = (["input_name", "gesture", "input_state", "driven"] as const).map(key => h("th", { scope: "col" }, t(key)))
  const element = h("table", { class: "inputs" }, h("caption", {}, t("inputs")), h("thead", {}, h("tr", {}, ...titles)), rows)
  let made: Row[] = []
  return {
    element,
    show() {
      const { inputs } = live
      element.hidden = inputs.length < 2
      if (element.hidden) return
      keyed(rows, inputs.map(([name]) => name).join(" "), () => (made = inputs.map(([name]) => row(name, shows, () => live.showInput(name)))).map(one => one.element))
      inputs.forEach(([name, one], place) => made[place]!.show(one, name === live.input))
    },
  }
}

function row(name: string, shows: string, choose: () => void): Row {
  const button = h("button", { "aria-controls": shows, onclick: choose }, name)
  const gesture = h("td", {}), state = h("td", {}), driven = h("td", { "data-label": t("driven") })
  return {
    element: h("tr", {}, h("th", { scope: "row" }, button), gesture, state, driven),
    show(one, isShown) {
      button.setAttribute("aria-pressed", String(isShown))
      const { prediction } = one.state, { text, kind, mark } = runState(one.state)
      put(gesture, prediction ? [prediction.label, prediction.confidence == null ? "" : `${Math.round(100 * prediction.confidence)} %`].filter(Boolean).join(" · ") : t("no_gesture"))
      state.className = kind
      put(state, `${mark} ${text}`)
      put(driven, drivenBy([one]).words.join(" · ") || t("nothing_driven"))
    },
  }
}
