// The gate game while it is played: a lane on which gates come down, or a bar that fills where nothing is to move.

import { h, keyed, put, s } from "../../dom"
import { gesture } from "../../draw/gestures"
import { gestureName, howTo } from "../../gesture-names"
import type { Live } from "../../live"
import { play, soundSwitch } from "../../sound"
import { t } from "../../text"
import type { View } from "../calibration/view"
import { ending, outcome } from "./tests"

const GATE_HZ = 660, OPEN_HZ = 990
const WIDTH = 120, TOP = 8, ARRIVAL = 170, HAND = 52, HALF_GATE = 42

export function gameView(live: Live): View {
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches
  const left = s("rect", { class: "half", y: HAND, width: HALF_GATE, height: 8, rx: 3 }), right = s("rect", { class: "half", y: HAND, width: HALF_GATE, height: 8, rx: 3 })
  const hand = s("g", {}), mark = s("text", { x: WIDTH / 2, y: HAND + 9, "text-anchor": "middle" }), gate = s("g", { class: "gate" }, hand, left, right, mark)
  const lane = s("svg", { viewBox: `0 0 ${WIDTH} 240`, class: "lane", "aria-hidden": "true" },
    s("rect", { class: "frame", x: 8, y: 1, width: WIDTH - 16, height: 238, rx: 6 }), s("line", { class: "arrival", x1: 8, x2: WIDTH - 8, y1: ARRIVAL + HAND + 4, y2: ARRIVAL + HAND + 4 }), gate)
  const drawing = h("div", { class: "drawing" }), bar = h("progress", { max: 1, value: 0, "aria-label": t("to_arrives") })
  const announced = h("p", { class: "unseen", "aria-live": "polite" }), name = h("h2", { class: "label" }), how = h("p", { class: "how" }), last = h("p", { class: "share" })
  const time = h("p", { class: "seconds" }), points = h("p", { class: "seconds" }), series = h("p", { class: "muted" }), waits = h("p", { class: "muted", role: "status" })
  const element = h("div", { class: "session tryout" },
    h("section", { class: "panel prompt" }, isStill ? h("div", {}, drawing, bar) : lane, h("div", {}, announced, name, how, last, waits)),
    h("section", { class: "panel signals" }, points, series, time),
    h("section", { class: "panel controls" }, h("div", { class: "bar" }, ending(), soundSwitch())))
  let cue = "", isOpen = false

  function update(): void {
    const found = live.message?.tryout
    if (found?.test !== "game" || found.phase === "done") return
    const now = found.cue ?? ""
    if (now && !cue) play(GATE_HZ, 0.12)
    if (found.is_open && !isOpen) play(OPEN_HZ, 0.15)
    cue = now
    isOpen = Boolean(found.is_open)
    if (isStill) {
      keyed(drawing, now || "rest", () => [gesture(now || "rest")])
      bar.value = found.fallen ?? 0
    } else draw(now, found.fallen ?? 0)
    put(name, now ? gestureName(now) : t("to_rest"))
    put(how, now ? t(isOpen ? "to_hold_on" : "to_open_it", howTo(now)) : t("to_gap_hint"))
    put(announced, now ? (isOpen ? t("to_opened_now") : `${gestureName(now)}. ${howTo(now)}`) : found.last && !found.last.time_s ? t("to_shut") : "")
    put(last, now ? (isOpen ? `✓ ${t("to_opened_now")}` : "") : outcome(found))
    last.className = `share ${isOpen || found.last?.time_s ? "good" : "problem"}`
    put(points, t("to_points_now", found.points ?? 0))
    put(series, found.series ? t("to_series_now", found.series) : "")
    put(time, t("to_left", found.of - found.done))
    put(waits, found.phase === "stopped" ? `${t("to_game_stopped")} ${live.message?.state.reason ?? ""}` : "")
  }

  /** The gate that asks for a gesture, where it is; none for none. */
  function draw(asked: string, fallen: number): void {
    gate.setAttribute("visibility", asked ? "visible" : "hidden")
    if (!asked) return
    if (hand.dataset.of !== asked) {
      hand.dataset.of = asked
      const picture = gesture(asked)
      for (const [key, value] of Object.entries({ x: (WIDTH - HAND) / 2, y: 0, width: HAND, height: HAND })) picture.setAttribute(key, String(value))
      hand.replaceChildren(picture)
    }
    gate.setAttribute("transform", `translate(0 ${(TOP + (ARRIVAL - TOP) * fallen).toFixed(1)})`)
    gate.classList.toggle("open", isOpen)
    left.setAttribute("x", String(isOpen ? WIDTH / 2 - HALF_GATE - 12 + 4 : WIDTH / 2 - HALF_GATE))
    right.setAttribute("x", String(isOpen ? WIDTH / 2 + 8 : WIDTH / 2))
    put(mark, isOpen ? "✓" : "")
  }

  return { element, update, leave: () => undefined }
}
