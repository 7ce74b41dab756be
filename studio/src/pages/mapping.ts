// The mapping editor: a control is chosen on a picture, then what drives it.

import { forgetGiven, given } from "../address"
import { get, post } from "../api"
import { h, keyed, put } from "../dom"
import type { Live } from "../live"
import { members, type Combination, type Member } from "../members"
import { confirmed, report, tell, type Page } from "../shell"
import { t } from "../text"
import { assignments, controlOf, groupsOf, idOf, takesAnyName, titleOf, type Control } from "./mapping/controls"
import { askChanged, askName, askStartingPoint, confirmSaving } from "./mapping/dialogs"
import { Draft, mappingOf, type Content, type Edit, type Finding, type Opened } from "./mapping/draft"
import { play } from "./home"
import type { Profile } from "./home/card"
import { oneOf } from "./mapping/fields"
import { layerOptions } from "./mapping/layer_options"
import { inspector, noted } from "./mapping/inspector"
import { drawn, type Drawn } from "./mapping/pictures"
import { noteOf, sign } from "./mapping/signs"
import { inWords, placed } from "./mapping/words"

interface Proposal { changed: boolean; findings: Finding[]; difference: string[] }

/** What is being edited; it stays while other pages are shown. */
let opened: Opened | null = null
let draft: Draft | null = null

export function mappingPage(live: Live): Page {
  const bar = h("div", { class: "bar" }), note = h("div", { role: "status" }), effect = h("div", { role: "status" }), tabs = h("div", { class: "tabs", role: "tablist", "aria-label": t("layers") })
  const pictures = h("div", { class: "pictures" }), choice = h("div", {}), overview = h("div", {}), conflicts = h("div", { role: "status" })
  const element = h("main", { id: "content", class: "mapping" }, h("h1", { class: "unseen" }, t("mapping")), bar, note, effect)
  const panel = inspector(change)
  const board = h("section", { class: "panel board", role: "tabpanel", id: "layer" }, h("h2", {}, t("controls")), choice, pictures)
  const body = h("div", { class: "editor" }, board, panel.element, h("section", { class: "panel wide" }, h("h2", {}, t("overview")), conflicts, overview))
  let combined = new Map<string, Member[]>()
  let layer = "", chosen: Control | null = null, findings: Finding[] = [], more: Control[] = [], views: Drawn[] = [], asking = 0, left = false, isJustSaved = false

  const profiles = oneOf(t("profile"), [], "", name => void open(name))
  const undo = h("button", { onclick: () => step("undo") }, t("undo")), redo = h("button", { onclick: () => step("redo") }, t("redo_change"))
  const save = h("button", { class: "primary", onclick: () => void keep("") }, t("save_changes"))
  const saveAs = h("button", { onclick: () => void copy() }, t("save_as")), begin = h("button", { onclick: () => void start() }, t("new_from"))
  const playing = h("button", { onclick: () => void play(profiles.select.value) }, t("play"))
  bar.append(profiles.element, h("div", { class: "tools" }, undo, redo, saveAs, begin, save, playing))

  async function list(choose = ""): Promise<void> {
    const sound = (await get("home")).profiles.filter((one: Profile) => !one.problem) as Profile[], found = sound.map(one => one.name)
    combined = new Map(sound.flatMap(one => (one.inputs ? [[one.name, one.inputs]] : [])))
    profiles.select.replaceChildren(...found.map(one => h("option", { value: one }, one)))
    if (!found.length) put(note, t("no_profiles", ""))
    for (const one of [undo, redo, save, saveAs, begin, playing]) one.disabled = !found.length
    const name = choose || (opened && found.includes(opened.profile) ? opened.profile : found.find(one => !combined.has(one))) || found[0]
    if (!name) return
    profiles.select.value = name
    if (opened?.profile === name && draft) show()
    else await open(name)
  }

  async function open(name: string): Promise<void> {
    if (draft?.isChanged && opened && opened.profile !== name && !(await confirmed(t("drop_changes", opened.profile), t("drop_hint"), t("drop")))) {
      profiles.select.value = opened.profile
      return
    }
    const several = combined.get(name)
    if (several) return showMembers({ name, inputs: several })
    try {
      opened = await post("mapping", { profile: name }) as Opened
    } catch (error) {
      return report(error)
    }
    draft = new Draft(opened)
    layer = ""
    isJustSaved = false
    chosen = null
    more = []
    findings = opened.findings
    show()
  }

  /** A profile of several inputs has no mapping; those of its inputs have. */
  function showMembers(several: Combination): void {
    opened = draft = null
    for (const one of [tabs, body]) one.remove()
    for (const one of [undo, redo, save, saveAs, begin]) one.disabled = true
    playing.disabled = false
    keyed(note, several.name, () => [members(several, "mapping")])
    keyed(effect, "", () => [])
  }

  function change(how: (content: Content) => void): void {
    draft!.change(how)
    show()
    void propose()
  }

  function step(how: "undo" | "redo"): void {
    draft![how]()
    if (layer && !draft!.content.layers[layer]) layer = ""
    show()
    void propose()
  }

  /** Has the server find what can't work; only the newest answer counts. */
  async function propose(): Promise<void> {
    const mine = ++asking, edits = draft!.edits()
    try {
      const found: Finding[] = edits.length ? (await ask(edits)).findings : opened!.findings
      if (mine !== asking || left) return
      findings = found
      show()
    } catch (error) {
      if (mine === asking && !left) report(error)
    }
  }

  const ask = (edits: Edit[]): Promise<Proposal> => post("mapping/propose", { profile: opened!.profile, hash: opened!.hash, edits })

  /** Shows the difference and saves it, as another profile where a name is given. */
  async function keep(name: string): Promise<void> {
    try {
      const edits = draft!.edits(), before = new Set(opened!.findings.map(one => one.text))
      const proposal = await ask(edits)
      if (proposal.changed) return await resolve(edits.length)
      const isBlocked = proposal.findings.some(one => one.kind === "problem" && !before.has(one.text))
      if (edits.length && !(await confirmSaving(proposal.difference, proposal.findings, isBlocked))) return
      const saved = await post("mapping/save", { profile: opened!.profile, hash: opened!.hash, edits, ...(name ? { as: name } : {}) })
      if (saved.changed) return await resolve(edits.length)
      draft = null
      await showSaved(saved.profile)
      isJustSaved = true
    } catch (error) {
      report(error)
    }
  }

  async function resolve(changes: number): Promise<void> {
    const answer = await askChanged(changes)
    if (!answer) return
    const name = opened!.profile, mine = draft!
    opened = await post("mapping", { profile: name }) as Opened
    if (answer === "mine") mine.rebase(opened)
    else draft = new Draft(opened)
    findings = opened.findings
    show()
    await propose()
  }

  async function copy(): Promise<void> {
    const name = await askName(t("save_as"), t("name_hint"), t("save_as"))
    if (name) await keep(name)
  }

  async function start(): Promise<void> {
    try {
      const taken = [...profiles.select.options].map(one => one.value), base = opened!.profile.replace(/^.*\/|\.ya?ml$/g, "")
      const [point, name] = await askStartingPoint((await get("starting-points")).starting_points, base, taken)
      if (!name) return
      const made = await post("mapping/begin", { profile: opened!.profile, starting_point: point, as: name })
      draft = null
      await showSaved(made.profile)
    } catch (error) {
      report(error)
    }
  }

  /** What is saved can be played next. */
  async function showSaved(name: string): Promise<void> {
    tell(t("saved", name), "good")
    await list(name)
    playing.focus()
  }

  async function addLayer(): Promise<void> {
    const name = await askName(t("add_layer"), t("layer_hint"), t("add"))
    if (!name) return
    layer = name
    if (!draft!.content.layers[name]) change(content => { content.layers[name] = { mapping: {} } })
    else show()
    tabs.querySelector<HTMLElement>("[aria-selected=true]")?.focus()
  }

  function choose(control: Control, follow = false): void {
    chosen = control
    show()
    if (!follow) return
    panel.element.querySelector<HTMLElement>("#chosen")?.focus()
    panel.element.scrollIntoView({ block: "nearest" })
  }

  function show(): void {
    if (!opened || !draft) return
    const { content } = draft
    if (!body.isConnected) element.append(tabs, body)
    undo.disabled = !draft.canUndo
    redo.disabled = !draft.canRedo
    save.disabled = !draft.isChanged
    saveAs.disabled = begin.disabled = false
    playing.disabled = draft.isChanged
    playing.title = draft.isChanged ? t("save_first") : ""
    keyed(note, opened.unchecked + content.layers, () => [opened!.unchecked ? h("p", { class: "warning" }, `⚠ ${t("unchecked", opened!.unchecked)}`) : null])
    showTabs(content)
    const groups = groupsOf(opened, content, more), controls = groups.flatMap(one => one.controls)
    chosen = controls.find(one => chosen && idOf(one) === idOf(chosen)) ?? chosen ?? controls.find(one => summary(content, one)) ?? controls[0]!
    const bad = new Set(findings.filter(one => one.kind === "problem").flatMap(one => driven(content, one)))
    const describe = (control: Control) => `${titleOf(control)}: ${summary(content, control) || t("nothing_driven")}${bad.has(idOf(control)) ? ` ✗ ${t("conflict")}` : ""}`
    const key = JSON.stringify([opened.profile, groups])
    if (pictures.dataset.key !== key) {
      views = groups.map(group => drawn(group, opened!, control => choose(control, true)))
      keyed(pictures, key, () => views.map(one => one.element))
      const select = oneOf(t("control"), [], "", id => choose(controls.find(one => idOf(one) === id)!))
      select.select.append(...groups.map(group => h("optgroup", { label: group.title }, ...group.controls.map(one => h("option", { value: idOf(one) }, titleOf(one))))))
      const name = h("button", { onclick: () => void addName() }, t("add_control"))
      choice.replaceChildren(h("div", { class: "bar" }, select.element, takesAnyName(opened) ? name : ""))
    }
    const list = choice.querySelector("select")!
    for (const option of list.options) {
      const control = controls.find(one => idOf(one) === option.value)!
      put(option, describe(control))
    }
    list.value = idOf(chosen)
    const mapped = new Set(controls.filter(one => summary(content, one)).map(idOf))
    for (const view of views) view.show({ describe, chosen: idOf(chosen!), mapped, bad })
    panel.show({ opened, content, layer, control: chosen, findings, live, buttons: controls.filter(one => one.kind === "button").map(one => one.name) })
    showOverview(content)
    tick()
  }

  const summary = (content: Content, control: Control): string => control.kind === "grip"
    ? Object.entries(content.grips[control.output] ?? {}).filter(([, grip]) => grip === control.name).map(([gesture]) => gesture).join(", ")
    : assignments(content, layer, control).map(one => `${one.gesture === "always" ? t("always") : one.gesture}, ${inWords(one.action)}`).join("; ")

  /** The control that a problem of this layer is about. */
  function driven(content: Content, finding: Finding): string[] {
    const at = placed(finding), action = at.layer === layer ? mappingOf(content, layer)[at.gesture]?.[at.number] : undefined
    if (at.axis) return [idOf({ kind: "axis", name: at.axis, output: -1 })]
    return action ? [idOf(controlOf(action))] : []
  }

  async function addName(): Promise<void> {
    const kind = oneOf(t("kind_of_control"), [["button", t("a_button")], ["axis", t("an_axis")]], "button")
    const name = await askName(t("add_control"), t("control_hint"), t("add"), [kind.element])
    if (!name) return
    more = [...more, { kind: kind.select.value as "button" | "axis", name, output: -1 }]
    choose(more.at(-1)!, true)
  }

  function showTabs(content: Content): void {
    const names = ["", ...Object.keys(content.layers)], count = (name: string) => findings.filter(one => one.kind === "problem" && placed(one).layer === name && placed(one).gesture).length
    keyed(tabs, JSON.stringify([names, layer, names.map(count)]), () => names.map(name => {
      const tab = h("button", {
        role: "tab", "aria-selected": name === layer ? "true" : "false", tabindex: name === layer ? 0 : -1, "aria-controls": "layer",
        onclick: () => { layer = name; show(); tabs.querySelector<HTMLElement>("[aria-selected=true]")?.focus() },
        onkeydown: (event: KeyboardEvent) => {
          const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0
          if (!by) return
          layer = names[(names.indexOf(name) + by + names.length) % names.length]!
          show()
          tabs.querySelector<HTMLElement>("[aria-selected=true]")?.focus()
        },
      }, name || t("base"), count(name) ? h("span", { class: "problem" }, ` ✗ ${t("problems", count(name))}`) : null)
      return tab
    }))
    const options = content.layers[layer]
    keyed(layerTools, JSON.stringify([layer, { ...options, mapping: {} }]), () => [
      h("button", { onclick: () => void addLayer() }, t("add_layer")),
      layer ? h("button", { onclick: () => { const gone = layer; layer = ""; change(into => { delete into.layers[gone] }) } }, t("remove_layer", layer)) : null,
      options ? layerOptions(options, how => change(into => how(into.layers[layer]!))) : null,
      h("p", { class: "muted" }, layer ? t("layer_below") : t("base_hint"))])
  }
  const layerTools = h("div", { class: "bar layers" })
  body.prepend(layerTools)

  function showOverview(content: Content): void {
    const here = findings.filter(one => placed(one).layer === layer && placed(one).gesture), general = findings.filter(one => !placed(one).gesture)
    const wrong = findings.filter(one => one.kind === "problem").length
    keyed(conflicts, JSON.stringify([wrong, general]), () => [
      wrong ? h("p", { class: "problem" }, `✗ ${t("problems", wrong)}`) : h("p", { class: "good" }, `✓ ${t("no_conflicts")}`), ...general.map(noted)])
    const mapping = mappingOf(content, layer), names = [...new Set([...opened!.gestures, ...Object.keys(mapping)])]
    keyed(overview, JSON.stringify([names, mapping, content.grips, layer, here]), () => [h("ul", { class: "rows" }, ...names.map(gesture => {
      const actions = mapping[gesture], grips = layer ? [] : content.grips.flatMap((one, output) => (one[gesture] ? [{ kind: "grip" as const, name: one[gesture], output }] : []))
      return h("li", { "data-gesture": gesture }, gesture === "always" ? null : sign(gesture, opened!.both), h("strong", {}, gesture === "always" ? t("always") : gesture, noteOf(gesture, opened!.both)),
        h("div", { class: "chips" }, ...(actions ?? []).map(action => {
          const control = controlOf(action)
          return h("button", { class: "chip", onclick: () => choose(control, true) }, control.kind === "other" ? inWords(action) : `${titleOf(control)}: ${inWords(action)}`)
        }), ...grips.map(grip => h("button", { class: "chip", onclick: () => choose(grip, true) }, titleOf(grip))),
        ...here.filter(one => placed(one).gesture === gesture).map(noted),
        !actions?.length && !grips.length ? h("span", { class: "muted" }, layer && !actions ? t("as_below") : t("nothing_driven")) : null))
    }))])
  }

  /** Whether the run of this profile has taken what is saved. */
  function showEffect(): void {
    const found = live.isRunning && !live.isCalibrating && live.message!.run?.profile === opened?.profile ? live.message!.figures.profile : undefined
    const isShown = found?.sha256 && found.sha256 === opened?.hash
    if (isShown) isJustSaved = false  // until then, the run has yet to find the file changed
    const state = isShown ? found.state : isJustSaved ? "waiting" : ""
    keyed(effect, JSON.stringify([found, state]), () => {
      if (!found?.sha256 || !state) return []
      if (state === "waiting") return [h("p", { class: "warning" }, `◌ ${t("profile_waiting")}`)]
      if (state === "refused") return [h("p", { class: "problem" }, `✗ ${t("profile_refused")} ${found.reasons.join("; ")}`)]
      return [h("p", { class: "good" }, `✓ ${t("saved_in_effect")}`)]
    })
  }

  /** Shows what the run does now. */
  function tick(): void {
    const own = live.inputs.find(([, one]) => one.run?.profile === opened?.profile)?.[0]
    if (own && own !== live.input) return live.showInput(own)
    const state = live.isRunning ? live.message!.state : null
    for (const view of views) view.tick(state)
    panel.tick()
    showEffect()
    const label = state?.prediction?.label
    for (const row of overview.querySelectorAll<HTMLElement>("[data-gesture]")) {
      const isNow = row.dataset.gesture === label
      if (row.classList.contains("now") !== isNow) row.classList.toggle("now", isNow)
    }
  }

  const warn = (event: BeforeUnloadEvent) => { if (draft?.isChanged) event.preventDefault() }
  const onKey = (event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || (event.target as HTMLElement).matches("input, textarea")) return
    event.preventDefault()
    if (draft) step(event.shiftKey ? "redo" : "undo")
  }
  window.addEventListener("beforeunload", warn)
  window.addEventListener("keydown", onKey)
  const leave = live.listen(tick)
  const isNew = given("begin") !== ""
  void list(given("profile")).then(() => isNew ? start() : undefined).catch(report)
  if (isNew) forgetGiven()
  return {
    element,
    leave() {
      left = true
      leave()
      window.removeEventListener("beforeunload", warn)
      window.removeEventListener("keydown", onKey)
    },
  }
}
