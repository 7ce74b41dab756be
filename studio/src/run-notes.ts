// What a person should see of the run beside what it drives: lost inputs and outputs, and a profile that was changed.

import { h, keyed } from "./dom"
import type { Live, Output, ProfileState } from "./live"
import { runState } from "./run-state"
import { has, t, type Key } from "./text"

/** Each output that lost its device, with what to do; it stays until the device is back. */
export function lostOutputs(): { element: HTMLElement; show: (live: Live) => void } {
  const element = h("div", { role: "alert" })
  return {
    element,
    show(live) {
      const outputs = live.isRunning ? Object.entries(live.outputs) : []
      const lost = outputs.filter(([, one]) => !one.is_there)
      keyed(element, JSON.stringify(lost), () => lost.map(([name, one]) => notice("problem", "✗", titleOf(name, one), adviceFor(name), one.last_error)))
    },
  }
}

/** Each of several inputs that drives nothing as its signal is lost or unsound, while the others go on. */
export function lostInputs(): { element: HTMLElement; show: (live: Live) => void } {
  const element = h("div", { role: "alert" })
  return {
    element,
    show(live) {
      const inputs = live.isRunning && live.inputs.length > 1 ? live.inputs.map(([name, one]) => [name, one.state] as const) : []
      const lost = inputs.filter(([, { cause }]) => cause === "silence" || cause === "fault").map(([name, state]) => `${name}: ${runState(state).text}`)
      keyed(element, lost.join("\n"), () => lost.map(text => notice("problem", "✗", text, t(lost.length < inputs.length ? "input_lost" : "inputs_lost"))))
    },
  }
}

/** What became of a change of the running profile's file, or of those of its inputs. */
export function profileChange(): { element: HTMLElement; show: (live: Live) => void } {
  const element = h("div", { role: "status" })
  return {
    element,
    show(live) {
      const found = live.isRunning ? live.inputs.map(([name, one]) => [name ? `${name}: ` : "", one.figures.profile] as const) : []
      keyed(element, JSON.stringify(found), () => found.map(([name, one]) => changed(name, one)))
    },
  }
}

function changed(name: string, profile: ProfileState | undefined): HTMLElement | null {
  if (profile?.state === "refused") return notice("problem", "✗", name + t("profile_refused"), ...profile.reasons, t("profile_refused_hint"))
  if (profile?.state === "waiting") return notice("waits", "◌", name + t("profile_waiting"))
  return profile?.reloads ? notice("good", "✓", name + t("profile_in_effect")) : null
}

function titleOf(name: string, one: Output): string {
  return t(one.state === "hung" ? "output_hung" : "output_lost", name, new Date(1000 * one.since_s).toLocaleTimeString())
}

function adviceFor(name: string): string {
  const key = `lost_${name.replace(/\d+$/, "")}`
  return t(has(key) ? key : "lost_other" as Key)
}

function notice(kind: "problem" | "waits" | "good", mark: string, title: string, ...more: string[]): HTMLElement {
  return h("div", { class: `notice ${kind}` }, h("p", {}, h("strong", {}, `${mark} ${title}`)), ...more.filter(Boolean).map(text => h("p", {}, text)))
}
