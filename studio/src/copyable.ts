// Commands to copy.

import { h, put } from "./dom"
import { t } from "./text"

const COMMAND = /^run: (.+?)(?: (\(.+\)|and log in again.*))?$/s

/** A remedy in words; a command in it can be copied. */
export function remedy(text: string): HTMLElement {
  const found = COMMAND.exec(text)
  if (!found) return h("span", {}, text)
  const command = found[1]!, status = h("span", { role: "status", class: "good" })
  return h("span", { class: "command" },
    h("code", {}, command),
    h("button", { "aria-label": t("copy_what", command), onclick: () => void copy(command).then(done => put(status, done ? `✓ ${t("copied")}` : t("not_copied"))) }, t("copy")),
    status,
    found[2] ? h("span", { class: "muted" }, found[2]) : null)
}

/** Whether the text is in the clipboard by now; pages of another computer's studio may use the older way only. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const focused = document.activeElement as HTMLElement | null, field = h("textarea", { class: "unseen" })
    field.value = text
    document.body.append(field)
    field.select()
    const done = document.execCommand("copy")
    field.remove()
    focused?.focus()
    return done
  }
}
