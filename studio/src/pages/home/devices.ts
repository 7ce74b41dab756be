// The devices that were found, and what to do with each; or without one.

import { naming } from "../../address"
import { get } from "../../api"
import { h } from "../../dom"
import { go, report } from "../../shell"
import { t } from "../../text"
import { canPlay, type Profile } from "./card"

interface Device { kind: string; address: string; name: string }

/** Searches, which takes seconds, and shows what was found. */
export async function search(element: HTMLElement, known: Promise<{ profiles: Profile[]; inputs: string[] }>, play: (name: string) => void): Promise<void> {
  element.replaceChildren(h("p", { role: "status" }, t("searching")))
  try {
    const [found, { profiles, inputs }] = await Promise.all([get("devices"), known])
    const devices = found.devices as Device[]
    const isSure = devices.some(one => one.kind !== "serial" && inputs.includes(one.kind)) // a serial port may be anything
    element.replaceChildren(
      devices.length ? h("ul", { class: "rows" }, ...devices.map(one => row(one, inputs))) : h("p", {}, t("no_devices")),
      ...(isSure ? [] : [demo(profiles, inputs, play)]),
      ...found.problems.map((one: string) => h("p", { class: "problem" }, `✗ ${one}`)),
      h("button", { onclick: () => void search(element, known, play) }, t("search_again")))
  } catch (error) {
    element.replaceChildren(h("button", { onclick: () => void search(element, known, play) }, t("search_again")))
    report(error)
  }
}

function row(device: Device, inputs: string[]): HTMLElement {
  const input = device.address ? `${device.kind}:${device.address}` : device.kind
  return h("li", {}, h("strong", {}, device.kind), h("span", {}, `${device.address} ${device.name}`),
    inputs.includes(device.kind)
      ? h("button", { onclick: () => go(naming("calibrate", { input })) }, t("calibrate_with"))
      : h("span", { class: "muted" }, t("name_in_profile")))
}

/** What can be done without any device. */
function demo(profiles: Profile[], inputs: string[], play: (name: string) => void): HTMLElement {
  const recorded = profiles.find(one => canPlay(one) && (one.input === "replay" || one.input === "synthetic"))
  return h("div", { class: "demo" },
    h("h3", {}, t("no_device")),
    h("div", { class: "bar start" },
      recorded ? h("button", { onclick: () => play(recorded.name) }, t("use_demo", recorded.name)) : null,
      inputs.includes("synthetic") ? h("button", { onclick: () => go(naming("calibrate", { input: "synthetic" })) }, t("calibrate_simulated")) : null))
}
