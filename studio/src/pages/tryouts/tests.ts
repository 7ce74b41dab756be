// The tests while they are made; what is measured, the run measures.

import { post } from "../../api"
import { h, keyed, put, s } from "../../dom"
import { gesture } from "../../draw/gestures"
import { gestureName, howTo } from "../../gesture-names"
import type { Live, TryOut } from "../../live"
import { report } from "../../shell"
import { play, soundSwitch } from "../../sound"
import { t } from "../../text"
import type { View } from "../calibration/view"

const CUE_HZ = 880, HALF = 100

export function ending(): HTMLButtonElement {
  const end = h("button", { onclick: () => void post("tryouts/end").catch(report) }, t("to_end"))
  queueMicrotask(() => end.focus())
  return end
}

export function reactionView(live: Live): View {
  const name = h("h2", { class: "label", "aria-live": "assertive" }), how = h("p", { class: "how" }), drawing = h("div", { class: "drawing" })
  const progress = h("p", { class: "seconds" }), last = h("p", { class: "share" }), waits = h("p", { class: "muted" }), faults = h("p", { class: "muted" })
  const element = h("div", { class: "session tryout" },
    h("section", { class: "panel prompt" }, drawing, h("div", {}, name, how, last)),
    h("section", { class: "panel signals" }, progress, faults, waits),
    h("section", { class: "panel controls" }, h("div", { class: "bar" }, ending(), soundSwitch())))
  let before = ""

  function update(): void {
    const found = live.message?.tryout
    if (found?.test !== "reaction" || found.phase === "done") return
    const cue = found.phase === "cue" ? found.cue ?? "" : ""
    if (cue && !before) play(CUE_HZ, 0.15)
    before = cue
    keyed(drawing, cue || "rest", () => [gesture(cue || "rest")])
    put(name, cue ? gestureName(cue) : t(found.phase === "waiting" ? "to_wait" : "to_rest"))
    put(how, cue ? howTo(cue) : t(found.phase === "waiting" ? "to_wait_hint" : "to_rest_hint"))
    put(progress, t("to_progress", found.done, found.of))
    put(faults, `${t("to_false")}: ${found.false_activations ?? 0}`)
    put(last, cue ? "" : outcome(found))
    last.className = `share ${found.last?.made === found.last?.cue ? "good" : "problem"}`
    put(waits, live.message?.state.cause ? live.message.state.reason ?? "" : "")
  }

  return { element, update, leave: () => undefined }
}

export function outcome({ last }: TryOut): string {
  if (!last) return ""
  if (!last.made) return t("to_missed_one", gestureName(last.cue))
  return last.made === last.cue ? t("to_took", gestureName(last.cue), (last.time_s ?? 0).toFixed(2)) : t("to_wrong_one", gestureName(last.made), gestureName(last.cue))
}

export function targetsView(live: Live): View {
  const target = s("circle", { class: "target" }), held = s("circle", { class: "held" }), band = s("rect", { class: "target", y: -40, height: 80 }), cursor = s("circle", { class: "cursor", r: 4 })
  const field = s("svg", { viewBox: "-106 -106 212 212", role: "img", class: "plane" }, s("rect", { class: "frame", x: -105, y: -105, width: 210, height: 210, rx: 6 }), target, band, held, cursor)
  const progress = h("p", { class: "seconds" }), waits = h("p", { class: "muted", role: "status" })
  const element = h("div", { class: "session tryout" },
    h("section", { class: "panel prompt" }, field, h("div", {}, h("h2", { class: "label" }, t("to_move")), h("p", { class: "how" }, t("to_move_hint")), waits)),
    h("section", { class: "panel signals" }, progress),
    h("section", { class: "panel controls" }, h("div", { class: "bar" }, ending(), soundSwitch())))
  let done = 0

  function update(): void {
    const found = live.message?.tryout
    if (found?.test !== "targets" || found.phase === "done" || !found.target || !found.cursor) return
    if (found.done > done) play(CUE_HZ, 0.08)
    done = found.done
    const place = (at: number) => HALF * (found.one_sided ? 2 * at - 1 : at)
    const isPlane = found.target.length === 2, size = HALF * (found.width ?? 0) * (found.one_sided ? 2 : 1)
    const [x, y] = [place(found.target[0] ?? 0), isPlane ? -HALF * (found.target[1] ?? 0) : 0]
    target.setAttribute("visibility", isPlane ? "visible" : "hidden")
    band.setAttribute("visibility", isPlane ? "hidden" : "visible")
    set(target, { cx: x, cy: y, r: size / 2 })
    set(band, { x: x - size / 2, width: size })
    set(cursor, { cx: place(found.cursor[0] ?? 0), cy: isPlane ? -HALF * (found.cursor[1] ?? 0) : 0 })
    set(held, { cx: x, cy: y, r: (size / 2) * (found.held ?? 0) })
    field.setAttribute("aria-label", t("to_field", found.done + 1, found.of))
    put(progress, t("to_progress", found.done, found.of))
    put(waits, found.phase === "stopped" ? t("to_stopped") : "")
  }

  return { element, update, leave: () => undefined }
}

function set(element: SVGElement, values: Record<string, number>): void {
  for (const [name, value] of Object.entries(values)) element.setAttribute(name, value.toFixed(2))
}
