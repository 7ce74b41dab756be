// A profile: what it reads and drives, whether it is ready, and what can be done with it.

import { naming } from "../../address"
import { h } from "../../dom"
import { driven } from "../../draw/driven"
import type { Member } from "../../members"
import { go } from "../../shell"
import { t } from "../../text"

export interface Profile {
  name: string; problem: string; user: string; input: string; decoder: string; outputs: string[]; moves: string[]
  gestures: Record<string, unknown[]>; model: "there" | "missing" | "none"; kinds: string[]; last: string; needs: string[]
  inputs?: Member[] // of a profile that combines others
}

/** The card; `play` starts the profile. */
export function card(profile: Profile, play: (name: string) => void): HTMLElement {
  const { name } = profile
  if (profile.inputs) return combined(profile, profile.inputs, play)
  if (profile.problem) return h("article", { class: "card" }, h("h3", {}, name), h("p", { class: "problem" }, profile.problem))
  const noPlay = canPlay(profile) ? "" : t(profile.kinds.length ? "play_needs_calibration" : "play_needs_model")
  const noCalibration = profile.kinds.length ? "" : t("not_calibratable", profile.decoder)
  const why = `why ${name}`.replace(/\s/g, "-")
  const button = (text: string, hint: string, kind: string, act: () => void) =>
    h("button", { class: kind, disabled: hint !== "", "aria-describedby": hint ? why : undefined, onclick: act }, text)
  return h("article", { class: "card" },
    h("h3", {}, name),
    driven(profile.outputs),
    h("p", { class: "way" }, t("from_to", profile.input, profile.decoder, profile.outputs.join(", "))),
    h("p", { class: "muted" }, Object.keys(profile.gestures).join(" · ")),
    h("p", { class: profile.model === "missing" ? "waits" : "good" }, state(profile)),
    noPlay || noCalibration ? h("p", { class: "muted", id: why }, [noPlay, noCalibration].filter(Boolean).join(" · ")) : null,
    h("div", { class: "bar start" },
      button(t("play"), noPlay, "primary", () => play(name)),
      button(t("calibrate"), noCalibration, "", () => go(naming("calibrate", { profile: name }))),
      button(t("mapping"), "", "", () => go(naming("mapping", { profile: name })))))
}

/** A profile of several inputs: the profile of each with what can be done with it. */
function combined({ name, outputs, model }: Profile, inputs: Member[], play: (name: string) => void): HTMLElement {
  const missing = model === "missing", why = `why ${name}`.replace(/\s/g, "-")
  const way = (page: "calibrate" | "mapping", profile: string) => h("a", { href: `#${naming(page, { profile })}`, "aria-label": `${t(page)}: ${profile}` }, t(page))
  return h("article", { class: "card" },
    h("h3", {}, name),
    driven(outputs),
    h("ul", { class: "rows", "aria-label": t("inputs_of") }, ...inputs.map(one => h("li", {},
      h("span", {}, h("strong", {}, one.input), ` ${one.profile}`), h("span", { class: "ways" }, way("calibrate", one.profile), way("mapping", one.profile)),
      one.model === "missing" ? h("span", { class: "waits" }, `◌ ${t("needs_calibration")}`) : null))),
    missing ? h("p", { class: "muted", id: why }, t("play_needs_all")) : null,
    h("div", { class: "bar start" }, h("button", { class: "primary", disabled: missing, "aria-describedby": missing ? why : undefined, onclick: () => play(name) }, t("play"))))
}

/** Whether it has what it takes to start. */
export function canPlay(profile: Profile): boolean {
  return !profile.problem && profile.model !== "missing"
}

function state(profile: Profile): string {
  if (profile.model === "missing") return `◌ ${t("needs_calibration")}`
  if (profile.model === "none") return `✓ ${t("needs_no_model")}`
  return `✓ ${profile.last ? t("calibrated_at", madeAt(profile.last)) : t("has_model")}`
}

/** The time in a history of calibrations, to read. */
export function madeAt(last: string): string {
  return last.replace("T", " ").slice(0, 16).replace(/-(\d\d)$/, ":$1")
}
