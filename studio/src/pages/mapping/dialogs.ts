// What is asked before something is written: the difference, a name, a starting point, and what to do about another's change.

import { h, type Child } from "../../dom"
import { t } from "../../text"
import type { Finding } from "./draft"
import { freeName } from "../../free-name"
import { oneOf } from "./fields"
import { noted } from "./inspector"

const LAST_POINT = "starting point"

type Button = [value: string, text: string, disabled?: boolean]

/** Shows the difference that would be saved; whether the person wants it. */
export function confirmSaving(difference: string[], findings: Finding[], isBlocked: boolean): Promise<string> {
  const lines = difference.slice(2).map(line => h("span", { class: line[0] === "+" ? "added" : line[0] === "-" ? "removed" : line[0] === "@" ? "muted" : "" }, `${line}\n`))
  return asked(t("save_difference"), [
    ...(isBlocked ? [h("p", { class: "problem" }, `✗ ${t("save_blocked")}`)] : []), ...findings.map(noted),
    h("pre", { class: "difference", tabindex: 0, "aria-label": t("difference") }, ...lines)], [["", t("cancel")], ["yes", t("save"), isBlocked]])
}

/** What to do where another program changed the file. */
export function askChanged(changes: number): Promise<string> {
  return asked(t("changed_elsewhere"), [h("p", {}, t("changed_hint", changes))], [["", t("cancel")], ["theirs", t("take_file")], ["mine", t("keep_changes")]])
}

/** A name for a new profile or layer, "" where there is none. */
export async function askName(title: string, hint: string, action: string, more: Child[] = [], box = nameBox()): Promise<string> {
  box.autofocus = !more.length
  const answer = await asked(title, [...more, h("label", {}, h("span", {}, t("its_name")), box), h("p", { class: "muted" }, hint)], [["", t("cancel")], ["yes", action]])
  return answer ? box.value.trim() : ""
}

const nameBox = () => h("input", { required: true, maxlength: 100, autocomplete: "off" })

/** A starting point and a name for the profile that gets it, which is named after them unless the person writes another name. */
export async function askStartingPoint(points: { name: string; about: string }[], base: string, taken: string[]): Promise<[point: string, name: string]> {
  const about = h("p", { class: "muted", role: "status" }), box = nameBox()
  let isOwn = false
  box.addEventListener("input", () => (isOwn = true))
  const describe = (point: string) => {
    about.textContent = points.find(one => one.name === point)?.about ?? ""
    if (!isOwn) box.value = freeName(`${base}-${point}`, taken)
  }
  const last = points.find(one => one.name === localStorage.getItem(LAST_POINT)) ?? points[0]
  const choice = oneOf(t("starting_point"), points.map(one => [one.name, one.name.replaceAll("-", " ")]), last?.name ?? "", describe)
  describe(choice.select.value)
  const name = await askName(t("new_from"), t("new_hint"), t("create"), [choice.element, about], box)
  if (name) localStorage.setItem(LAST_POINT, choice.select.value)
  return [choice.select.value, name]
}

function asked(title: string, content: Child[], buttons: Button[]): Promise<string> {
  return new Promise(done => {
    const form = h("form", { method: "dialog" }, h("h2", {}, title), ...content,
      h("div", { class: "bar" }, ...buttons.map(([value, text, disabled], place) =>
        h("button", { value, class: place === buttons.length - 1 ? "primary" : "", disabled, formnovalidate: value === "" }, text))))
    const box = h("dialog", { "aria-label": title, class: "ask" }, form)
    form.addEventListener("keydown", event => {
      const target = event.target as HTMLElement
      if (event.key !== "Enter" || !target.matches("input, select")) return
      event.preventDefault()
      if (form.reportValidity()) box.close(buttons.at(-1)![0])
    })
    box.addEventListener("close", () => { box.remove(); done(box.returnValue) })
    document.body.append(box)
    box.showModal()
  })
}
