// The try-out: what is recognized, large, while nothing is driven.

import { h, keyed, put } from "../../dom"
import { gesture, movingHand } from "../../draw/gestures"
import { muscleLevels } from "../../draw/muscle"
import { spider } from "../../draw/spider"
import { gestureName } from "../../gesture-names"
import type { Live, Muscle } from "../../live"
import { play as tone, soundSwitch } from "../../sound"
import { t } from "../../text"
import type { View } from "./view"

const LOWEST_HZ = 330, STEP = 1.1892 // a minor third from one gesture to the next

/** The try-out of a profile; `muscles` are those that were calibrated one by one. */
export function tryout(live: Live, muscles: Muscle[], play: () => void, back: () => void): View {
  const label = h("h2", { class: "label", "aria-live": "polite" }), drawing = h("div", { class: "drawing" }), map = h("div", {})
  const confidence = h("meter", { min: 0, max: 1, "aria-label": t("confidence") }), driven = h("p", { class: "driven" }), waits = h("p", { class: "muted", role: "status" })
  const playing = h("button", { class: "play primary", onclick: play }, t("play"))
  const element = h("div", { class: "session tryout" },
    h("section", { class: "panel prompt" }, drawing, h("div", {}, label, h("div", { class: "meter" }, h("span", {}, t("confidence")), confidence, h("span", {})), driven, waits, h("p", { class: "muted" }, t("try_hint")))),
    h("section", { class: "panel signals" }, h("h2", {}, t(muscles.length ? "muscles" : "gesture_map")), map, muscles.length ? h("p", { class: "muted" }, t("muscle_levels_hint")) : null),
    h("section", { class: "panel controls" }, h("div", { class: "bar" }, playing, soundSwitch(), h("button", { onclick: back }, t("back")))))
  const levels = muscleLevels(Object.fromEntries(muscles.map(one => [one.name, one.threshold])))
  if (muscles.length) map.append(levels.element)
  let star: ReturnType<typeof spider> | null = null, hand: ReturnType<typeof movingHand> | null = null, latest = ""

  function update(): void {
    const message = live.message, run = message?.run
    if (!message || !run) return
    const found = message.state.prediction?.label ?? ""
    const fingers = message.state.prediction?.fingers
    if (fingers) {
      hand ??= movingHand()
      keyed(drawing, "hand", () => [hand!.picture])
      hand.show(fingers)
    } else keyed(drawing, found || run.rest, () => [gesture(found || run.rest)])
    put(label, fingers ? t("followed_hand") : found ? gestureName(found) : t("no_gesture"))
    confidence.value = message.state.prediction?.confidence ?? 0
    if (muscles.length) levels.show(message.state.prediction?.levels ?? {}, found)
    else keyed(map, run.labels.join(), () => run.labels.length > 2 ? [(star = spider(run.labels.map(gestureName))).picture] : [])
    star?.show(Object.fromEntries(Object.entries(message.state.prediction?.probabilities ?? {}).map(([name, share]) => [gestureName(name), share])), gestureName(found), message.state.prediction?.intensity ?? 0)
    const moved = Object.entries(message.state.axes ?? {}).filter(([, value]) => value).map(([name, value]) => `${name} ${value.toFixed(2)}`)
    put(driven, t("would_drive", [...(message.state.buttons ?? []), ...moved].join(" · ") || t("nothing_driven")))
    put(waits, message.ended ? t("run_ended") : message.state.cause ? message.state.reason ?? "" : "")
    if (found === latest) return
    latest = found
    const place = run.labels.indexOf(found)
    if (place >= 0 && found !== run.rest) tone(LOWEST_HZ * STEP ** place, 0.18)
  }

  queueMicrotask(() => playing.focus())
  update()
  return { element, update, leave: () => undefined }
}
