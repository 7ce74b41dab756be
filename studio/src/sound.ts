// Short tones for who wants them; never the only sign.

import { h } from "./dom"
import { t } from "./text"

let context: AudioContext | null = null
let isOn = false // each page load begins silent: browsers allow sound only after a click

/** A switch for the sounds. */
export function soundSwitch(): HTMLElement {
  const box = h("input", {
    type: "checkbox", onchange: () => {
      isOn = box.checked
      if (isOn) play(660)
    },
  })
  box.checked = isOn
  return h("label", { class: "switch" }, box, t("sounds"))
}

/** A tone, where sounds are on. */
export function play(hz: number, seconds = 0.12, volume = 0.2): void {
  if (!isOn) return
  context ??= new AudioContext()
  const tone = context.createOscillator(), loudness = context.createGain(), now = context.currentTime
  tone.frequency.value = hz
  loudness.gain.setValueAtTime(volume, now)
  loudness.gain.exponentialRampToValueAtTime(0.001, now + seconds)
  tone.connect(loudness).connect(context.destination)
  tone.start(now)
  tone.stop(now + seconds)
}
