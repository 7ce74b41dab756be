// Profiles, devices, recordings, and what this computer is missing.

import { naming } from "../address"
import { get, post } from "../api"
import { h, type Child } from "../dom"
import { confirmed, go, report, started } from "../shell"
import { t } from "../text"
import { card, type Profile } from "./home/card"
import { search } from "./home/devices"
import { examine } from "./home/findings"

interface Recording { name: string; megabytes: number; modified_s: number }
interface Found { folder: string; profiles: Profile[]; recordings: Recording[]; inputs: string[] }

export function home(): HTMLElement {
  const profiles = h("div", { class: "cards" }), recordings = h("div", {}), devices = h("div", {}), findings = h("div", {})
  const begin = h("div", { class: "bar start" }, h("button", { onclick: () => go(naming("calibrate", { begin: "new" })) }, t("calibrate_new")))
  const page = h("main", { id: "content", class: "home" },
    h("h1", { class: "unseen" }, t("home")),
    section(t("profiles"), begin, profiles), section(t("devices"), devices), section(t("recordings"), recordings), section(t("findings"), findings))
  const found = get("home") as Promise<Found>
  found.then(one => fill(one, profiles, recordings), report)
  const known = found.catch(() => ({ profiles: [], inputs: [] }))
  void search(devices, known, name => void play(name))
  void examine(findings, known)
  return page
}

function section(title: string, ...content: Child[]): HTMLElement {
  return h("section", {}, h("h2", {}, title), ...content)
}

function fill(found: Found, profiles: HTMLElement, recordings: HTMLElement): void {
  profiles.replaceChildren(...found.profiles.map(one => card(one, name => void play(name))))
  if (!found.profiles.length) profiles.replaceChildren(h("p", {}, t("no_profiles", found.folder)))
  recordings.replaceChildren(found.recordings.length
    ? h("ul", { class: "rows" }, ...found.recordings.map(one => h("li", {},
      h("a", { href: `#${naming("recordings", { file: one.name })}` }, one.name),
      h("span", { class: "muted" }, `${one.megabytes} MB, ${new Date(1000 * one.modified_s).toLocaleString()}`))))
    : h("p", {}, t("no_recordings", found.folder)))
}

/** Starts a profile; where something moves, only after a second click. */
export async function play(name: string): Promise<void> {
  try {
    const asked = await started("run", { profile: name })
    if (!asked) return
    if (asked.confirm) {
      if (!(await confirmed(t("drives", name, asked.moves.join(", ")), t("drives_hint"), t("start")))) return
      await post("run", { profile: name, confirm: asked.confirm })
    }
    go("live")
  } catch (error) {
    report(error)
  }
}
