// What a person should see of the run beside what it drives: lost outputs, and a profile that was changed.

import { h, keyed } from "./dom"
import type { Live, Output } from "./live"
import { has, t, type Key } from "./text"

/** Each output that lost its device, with what to do; it stays until the device is back. */
export function lostOutputs(): { element: HTMLElement; show: (live: Live) => void } {
  const element = h("div", { role: "alert" })
  return {
    element,
    show(live) {
      const outputs = live.isRunning ? Object.entries(live.message!.figures.outputs ?? {}) : []
      const lost = outputs.filter(([, one]) => !one.is_there)
      keyed(element, JSON.stringify(lost), () => lost.map(([name, one]) => notice("problem", "✗", titleOf(name, one), adviceFor(name), one.last_error)))
    },
  }
}

/** What became of a change of the running profile's file. */
export function profileChange(): { element: HTMLElement; show: (live: Live) => void } {
  const element = h("div", { role: "status" })
  return {
    element,
    show(live) {
      const found = live.isRunning ? live.message!.figures.profile : undefined
      keyed(element, JSON.stringify(found), () => {
        if (found?.state === "refused") return [notice("problem", "✗", t("profile_refused"), ...found.reasons, t("profile_refused_hint"))]
        if (found?.state === "waiting") return [notice("waits", "◌", t("profile_waiting"))]
        return found?.reloads ? [notice("good", "✓", t("profile_in_effect"))] : []
      })
    },
  }
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
