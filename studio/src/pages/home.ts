// Profiles, devices, recordings, and what this computer is missing.

import { get, post } from "../api"
import { h, type Child } from "../dom"
import { confirmed, go, report } from "../shell"
import { t } from "../text"

interface Profile { name: string; problem: string; user?: string; input?: string; decoder?: string; outputs?: string[]; gestures?: Record<string, unknown[]> }

export function home(): HTMLElement {
  const profiles = h("div", { class: "cards" }), recordings = h("div", {}), devices = h("div", {}), findings = h("div", {})
  const page = h("main", { id: "content", class: "home" },
    h("h1", { class: "unseen" }, t("home")),
    section(t("profiles"), profiles), section(t("devices"), devices), section(t("recordings"), recordings), section(t("findings"), findings))
  void fill(profiles, recordings)
  void search(devices)
  void examine(findings)
  return page
}

function section(title: string, ...content: Child[]): HTMLElement {
  return h("section", {}, h("h2", {}, title), ...content)
}

async function fill(profiles: HTMLElement, recordings: HTMLElement): Promise<void> {
  try {
    const found = await get("home")
    profiles.replaceChildren(...found.profiles.map(card))
    if (!found.profiles.length) profiles.replaceChildren(h("p", {}, t("no_profiles", found.folder)))
    recordings.replaceChildren(found.recordings.length
      ? h("ul", { class: "rows" }, ...found.recordings.map((one: { name: string; megabytes: number; modified_s: number }) =>
        h("li", {}, h("span", {}, one.name), h("span", { class: "muted" }, `${one.megabytes} MB, ${new Date(1000 * one.modified_s).toLocaleString()}`))))
      : h("p", {}, t("no_recordings", found.folder)))
  } catch (error) {
    report(error)
  }
}

function card(profile: Profile): HTMLElement {
  if (profile.problem)
    return h("article", { class: "card" }, h("h3", {}, profile.name), h("p", { class: "problem" }, profile.problem))
  const gestures = Object.keys(profile.gestures ?? {})
  return h("article", { class: "card" },
    h("h3", {}, profile.name),
    h("p", { class: "way" }, t("from_to", profile.input ?? "", profile.decoder ?? "", (profile.outputs ?? []).join(", "))),
    h("p", { class: "muted" }, gestures.join(" · ")),
    h("button", { class: "primary", onclick: () => void play(profile.name) }, t("play")))
}

/** Starts a profile; where something moves, only after a second click. */
export async function play(name: string): Promise<void> {
  try {
    const asked = await post("run", { profile: name })
    if (asked.confirm) {
      if (!(await confirmed(t("drives", name, asked.moves.join(", ")), t("drives_hint"), t("start")))) return
      await post("run", { profile: name, confirm: asked.confirm })
    }
    go("live")
  } catch (error) {
    report(error)
  }
}

async function search(devices: HTMLElement): Promise<void> {
  devices.replaceChildren(h("p", { role: "status" }, t("searching")))
  try {
    const found = await get("devices")
    const list = h("ul", { class: "rows" }, ...found.devices.map((one: { kind: string; address: string; name: string }) =>
      h("li", {}, h("strong", {}, one.kind), h("span", {}, `${one.address} ${one.name}`))))
    devices.replaceChildren(
      found.devices.length ? list : h("p", {}, t("no_devices")),
      h("button", { onclick: () => void search(devices) }, t("search_again")))
  } catch (error) {
    report(error)
  }
}

interface Finding { role: string; plugin: string; what: string; good: boolean; said: string; remedy: string }

async function examine(element: HTMLElement): Promise<void> {
  try {
    const missing = (await get("findings")).findings.filter((one: Finding) => !one.good) as Finding[]
    if (!missing.length) {
      element.replaceChildren(h("p", { class: "good" }, `✓ ${t("all_there")}`))
      return
    }
    element.replaceChildren(h("details", {}, h("summary", {}, `${t("details")} (${missing.length})`),
      h("ul", { class: "rows" }, ...missing.map(one => h("li", {},
        h("span", { class: "problem" }, `✗ ${t("missing", one.what, one.plugin || one.role, one.said)}`),
        one.remedy ? h("code", {}, one.remedy) : null)))))
  } catch (error) {
    report(error)
  }
}
