// What this computer is missing: open where a profile of the folder needs it, the rest folded.

import { get } from "../../api"
import { remedy } from "../../copyable"
import { h } from "../../dom"
import { report } from "../../shell"
import { t } from "../../text"
import type { Profile } from "./card"

interface Finding { role: string; plugin: string; what: string; good: boolean; detail: string; remedy: string }

export async function examine(element: HTMLElement, known: Promise<{ profiles: Profile[] }>): Promise<void> {
  try {
    const [{ findings }, { profiles }] = await Promise.all([get("findings"), known])
    const missing = (findings as Finding[]).filter(one => !one.good)
    if (!missing.length) {
      element.replaceChildren(h("p", { class: "good" }, `✓ ${t("all_there")}`))
      return
    }
    const users = (one: Finding) => profiles.filter(profile => profile.needs?.includes(`${one.role} ${one.plugin}`)).map(profile => profile.name)
    const needed = missing.filter(one => one.role === "core" || users(one).length), others = missing.filter(one => !needed.includes(one))
    element.replaceChildren(
      needed.length ? h("ul", { class: "rows" }, ...needed.map(one => row(one, users(one)))) : h("p", { class: "good" }, `✓ ${t("profiles_all_there")}`))
    if (others.length) element.append(h("details", {}, h("summary", {}, `${t("details")} (${others.length})`),
      h("ul", { class: "rows" }, ...others.map(one => row(one, [])))))
  } catch (error) {
    report(error)
  }
}

function row(one: Finding, users: string[]): HTMLElement {
  return h("li", {},
    h("span", { class: "problem" }, `✗ ${t("missing", one.what, one.plugin || one.role, one.detail)}`),
    users.length ? h("span", { class: "muted" }, t("needed_by", users.join(", "))) : null,
    one.remedy ? remedy(one.remedy) : null)
}
