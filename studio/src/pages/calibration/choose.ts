// Step 1: whose profile, and which device.

import { get, post } from "../../api"
import { choice, type Choice } from "../../choice"
import { h } from "../../dom"
import { DRAWN } from "../../draw/gestures"
import { freeName } from "../../free-name"
import { members, type Combination } from "../../members"
import { report } from "../../shell"
import { t } from "../../text"
import { madeAt } from "../home/card"

export interface Setup {
  profile: string // its file, or the name of a new one
  input: string // of a new one, "" otherwise
  kinds: string[]
  own: string[] // its muscles, or gestures
  channels: number | null // of a recording or a simulated person; of a device they are not known yet
  can: string[] // gestures that the person or the recording in front of the input can make
  only: boolean // whether no others can be made
}

/** What was chosen before, on another page. */
export interface Wish { profile?: string; input?: string }

interface Known { name: string; user: string; input: string; decoder: string; kinds: string[]; last: string; gestures: string[] }
const NEW = "", LAST_INPUT = "input"

/** A profile by its file, as several can be for the same person. */
function titleOf({ name, user }: Known): string {
  const stem = name.replace(/\.ya?ml$/, "")
  return stem === user ? stem : `${stem} (${user})`
}

export function choose(next: (setup: Setup) => void, wish: Wish = {}): HTMLElement {
  const profiles = h("div", { class: "cards choices" }), inputs = h("div", { class: "cards choices" })
  const several = h("div", {})
  const name = h("input", { type: "text", required: true, maxlength: 60, autocomplete: "off", spellcheck: false })
  const recording = h("select", { "aria-label": t("recording") }), kind = h("select", { "aria-label": t("input_kind") }), address = h("input", { type: "text", "aria-label": t("address"), placeholder: t("address") })
  const fresh = choice("radio", "profile", NEW, t("new_profile"), t("new_profile_hint"))
  fresh.box.checked = true
  const begun = h("div", { class: "new" },
    h("label", { class: "field" }, t("name"), name),
    h("fieldset", {}, h("legend", {}, t("which_device")), inputs))
  const ways: [Choice, () => string][] = []
  let known: Known[] = []

  function offer(made: Choice, input: () => string, ...more: HTMLElement[]): void {
    ways.push([made, input])
    made.element.append(...more)
    inputs.append(made.element)
    for (const one of more) one.addEventListener("focus", () => (made.box.checked = true))
  }

  const chosen = () => form.querySelector<HTMLInputElement>("input[name=profile]:checked")?.value ?? NEW
  const form = h("form", { class: "panel", onsubmit: (event: Event) => { event.preventDefault(); void submit() } },
    h("fieldset", {}, h("legend", {}, t("which_profile")), profiles, several), begun,
    h("div", { class: "bar end" }, h("button", { class: "primary" }, t("next"))))
  form.addEventListener("change", () => {
    begun.hidden = chosen() !== NEW
    name.required = !begun.hidden
  })

  async function submit(): Promise<void> {
    const profile = chosen(), input = profile === NEW ? ways.find(([one]) => one.box.checked)?.[1]() ?? "" : ""
    const file = profile === NEW ? name.value.trim() : profile
    if (profile === NEW && known.some(one => one.name === `${file}.yaml`)) return report(t("name_taken", file))
    try {
      const { can, only, channels } = await post("calibration/gestures", { profile: file, input, names: DRAWN.filter(one => one !== "rest") })
      if (input) localStorage.setItem(LAST_INPUT, input)
      const own = known.find(one => one.name === profile)
      const named = own?.gestures ?? []
      next({ profile: file, input, kinds: own?.kinds ?? ["quick", "full", "muscles", "pose"], only, channels, own: named, can: [...new Set([...(only ? [] : named), ...can])] })
    } catch (error) {
      report(error)
    }
  }

  async function fill(): Promise<void> {
    const found = await post("calibration/choices")
    known = found.profiles
    profiles.append(fresh.element, ...known.map(one => {
      const made = choice("radio", "profile", one.name, titleOf(one), one.kinds.length ? `${one.input}, ${one.last ? t("calibrated_at", madeAt(one.last)) : t("never_calibrated")}` : t("not_calibratable", one.decoder))
      made.box.disabled = !one.kinds.length
      return made.element
    }))
    several.append(...found.combinations.map((one: Combination) => members(one, "calibrate")))
    name.value ||= freeName(t("my_name"), known.map(one => one.name))
    if (found.inputs.includes("myo")) offer(choice("radio", "input", "myo", t("input_myo"), t("input_myo_hint")), () => "myo")
    if (found.recordings.length) {
      recording.append(...found.recordings.map((one: string) => h("option", { value: one }, one)))
      offer(choice("radio", "input", "replay", t("input_replay"), t("input_replay_hint")), () => `replay:${recording.value}`, recording)
    }
    if (found.inputs.includes("synthetic")) offer(choice("radio", "input", "synthetic", t("input_synthetic"), t("input_synthetic_hint")), () => "synthetic")
    const others = found.inputs.filter((one: string) => !["myo", "replay", "synthetic"].includes(one))
    if (others.length) {
      kind.append(...others.map((one: string) => h("option", { value: one }, one)))
      offer(choice("radio", "input", "other", t("input_other"), t("input_other_hint")), () => [kind.value, address.value.trim()].filter(Boolean).join(":"), kind, address)
    }
    if (ways[0]) ways[0][0].box.checked = true
    chooseLast(found)
    wishFor(found.inputs)
    const devices = (await get("devices")).devices as { kind: string; address: string; name: string }[]
    for (const one of devices.filter(one => found.inputs.includes(one.kind) && `${one.kind}:${one.address}` !== wish.input)) offerDevice(one.kind, one.address, one.name)
  }

  function offerDevice(kind: string, address: string, name = ""): Choice {
    const made = choice("radio", "input", `${kind}:${address}`, name || kind, address ? t("found_at", address) : "")
    offer(made, () => `${kind}:${address}`)
    return made
  }

  /** Chooses the device of the last calibration. */
  function chooseLast(found: { inputs: string[]; recordings: string[] }): void {
    const [last = "", ...rest] = (localStorage.getItem(LAST_INPUT) ?? "").split(":"), detail = rest.join(":")
    if (!found.inputs.includes(last) || (last === "replay" && !found.recordings.includes(detail))) return
    const value = ways.some(([one]) => one.box.value === last) ? last : "other"
    if (value === "replay") recording.value = detail
    if (value === "other") [kind.value, address.value] = [last, detail]
    for (const [one] of ways) one.box.checked = one.box.value === value
  }

  /** Chooses what was chosen on the page before. */
  function wishFor(inputs: string[]): void {
    const boxes = [...form.querySelectorAll<HTMLInputElement>("input[type=radio]")]
    const own = wish.profile && boxes.find(one => one.name === "profile" && one.value === wish.profile && !one.disabled)
    if (own) {
      own.checked = true
      own.focus()
      form.dispatchEvent(new Event("change"))
    }
    const [kind = "", ...address] = (wish.input ?? "").split(":")
    const device = boxes.find(one => one.name === "input" && one.value === wish.input) ?? (inputs.includes(kind) ? offerDevice(kind, address.join(":")).box : null)
    if (device) device.checked = true
  }

  fill().catch(report)
  queueMicrotask(() => name.focus())
  return form
}
