// Which test, with which profile and which of its gestures or axes.

import { given } from "../../address"
import { post } from "../../api"
import { choice, choices, type Choice } from "../../choice"
import { h, keyed, put } from "../../dom"
import { gesture } from "../../draw/gestures"
import { gestureName } from "../../gesture-names"
import type { Live } from "../../live"
import { members, type Combination } from "../../members"
import { report } from "../../shell"
import { has, t, type Key } from "../../text"
import type { View } from "../calibration/view"

export interface Asked { profile: string; test: string; trials?: number; gestures?: string[]; axes?: string[]; control?: string; targets?: number; seconds?: number; learn?: boolean }

interface Known { name: string; user: string; gestures: string[]; axes: { name: string; one_sided: boolean }[]; learns: boolean }
type Way = { axes: string[]; control: string; title: string }
const PAIRS = [["left_x", "left_y"], ["right_x", "right_y"], ["mouse_x", "mouse_y"]]

export function setup(live: Live, begin: (asked: Asked) => void, chosen: (profile: string) => void): View & { profile: () => string } {
  const profile = h("select", { onchange: () => follow() }), note = h("p", { class: "muted", role: "status" })
  const reaction = choice("radio", "test", "reaction", t("to_reaction"), t("to_reaction_hint")), targets = choice("radio", "test", "targets", t("to_targets"), t("to_targets_hint")), game = choice("radio", "test", "game", t("to_game"), t("to_game_hint"))
  const trials = h("input", { type: "number", min: 1, max: 100, value: 10, required: true }), count = h("input", { type: "number", min: 3, max: 25, step: 2, value: 7, required: true }), seconds = h("input", { type: "number", min: 10, max: 600, value: 120, required: true })
  const several = h("div", {}), cards = h("div", { class: "gestures" }), axes = h("select", {})
  const ofReaction = h("div", {}, h("label", { class: "field" }, t("to_trials"), trials)), learn = choice("checkbox", "learn", "learn", t("to_learn"), t("to_learn_hint"))
  const ofGame = h("div", {}, h("label", { class: "field" }, t("to_seconds"), seconds), choices(t("to_learn_title"), "all", learn.element))
  const ofGestures = h("div", {}, choices(t("which_gestures"), "all", cards))
  const ofTargets = h("div", {}, h("label", { class: "field" }, t("to_axes"), axes), h("label", { class: "field" }, t("to_count"), count))
  const action = h("button", { class: "primary" }, t("begin"))
  const element = h("form", { class: "panel", onsubmit: (event: Event) => { event.preventDefault(); submit() }, onchange: () => show() },
    h("label", { class: "field" }, t("to_which_profile"), profile), note, several,
    choices(t("to_which_test"), "row", reaction.element, targets.element, game.element), ofReaction, ofGame, ofGestures, ofTargets,
    h("div", { class: "bar end" }, action))
  reaction.box.checked = true
  let known: Known[] = [], running = "", boxes: Choice[] = [], ways: Way[] = []

  /** What the chosen profile offers. */
  function follow(): void {
    const one = known.find(some => some.name === profile.value)
    keyed(cards, JSON.stringify([one?.name, one?.gestures]), () => (boxes = (one?.gestures ?? []).map(label => {
      const made = choice("checkbox", "gesture", label, gestureName(label), "", gesture(label))
      made.box.checked = true
      return made
    })).map(made => made.element))
    ways = waysOf(one?.axes ?? [])
    axes.replaceChildren(...ways.map((way, place) => h("option", { value: place }, way.title)))
    targets.box.disabled = !ways.length
    targets.element.querySelector("small")!.textContent = t(ways.length ? "to_targets_hint" : "to_no_axes")
    learn.element.querySelector("small")!.textContent = t(one?.learns ? "to_learn_hint" : "to_learn_not")
    if (!ways.length && targets.box.checked) reaction.box.checked = true
    show()
    if (one) chosen(one.name)
  }

  function show(): void {
    for (const [part, is] of [[ofReaction, reaction.box.checked], [ofGame, game.box.checked], [ofGestures, !targets.box.checked], [ofTargets, targets.box.checked]] as const) {
      part.hidden = !is
      for (const field of part.querySelectorAll<HTMLInputElement>("input, select")) field.disabled = !is
    }
    learn.box.disabled ||= !known.find(one => one.name === profile.value)?.learns
    learn.box.checked &&= !learn.box.disabled
  }

  function submit(): void {
    const gestures = boxes.filter(one => one.box.checked).map(one => one.box.value), way = ways[Number(axes.value)]
    if (targets.box.checked && way) return begin({ profile: profile.value, test: "targets", axes: way.axes, control: way.control, targets: Number(count.value) })
    if (!gestures.length) return report(t("choose_gesture"))
    if (game.box.checked) return begin({ profile: profile.value, test: "game", seconds: Number(seconds.value), gestures, learn: learn.box.checked })
    begin({ profile: profile.value, test: "reaction", trials: Number(trials.value), gestures })
  }

  async function fill(): Promise<void> {
    const found = await post("tryouts/choices"), before = profile.value
    known = found.profiles
    running = known.some(one => one.name === found.running) ? found.running : ""
    keyed(several, JSON.stringify(found.combinations), () => found.combinations.map((one: Combination) => members(one, "tryouts")))
    profile.replaceChildren(...known.map(one => h("option", { value: one.name }, one.name)))
    const wanted = running || before || given("profile")
    if (known.some(one => one.name === wanted)) profile.value = wanted
    action.disabled = !known.length
    follow()
    update()
  }

  let wasRunning: boolean | null = null

  function update(): void {
    if (wasRunning !== live.isRunning) {
      wasRunning = live.isRunning
      fill().catch(report)
    }
    profile.disabled = Boolean(running)
    const outputs = Object.keys(live.message?.figures.outputs ?? {}).filter(one => one !== "studio")
    put(note, running && live.isRunning && outputs.length ? t("to_driven", running) : t("to_not_driven"))
  }

  queueMicrotask(() => profile.focus())
  return { element, update, leave: () => undefined, profile: () => profile.value }
}

/** What can move the cursor: two axes together, or one. */
function waysOf(axes: Known["axes"]): Way[] {
  const both = new Set(axes.filter(one => !one.one_sided).map(one => one.name))
  const title = (name: string) => (has(`axis_${name}`) ? t(`axis_${name}` as Key) : t("axis_named", name))
  const way = (names: string[], control: "speed" | "position"): Way => ({ axes: names, control, title: t(`to_${control}`, names.map(title).join(" + ")) })
  return [
    ...PAIRS.filter(pair => pair.every(one => both.has(one))).map(pair => way(pair, "speed")),
    ...axes.flatMap(({ name, one_sided }) => [...(one_sided ? [] : [way([name], "speed")]), way([name], "position")]),
  ]
}
