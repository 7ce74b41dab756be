// What every page has: the way between pages, the state in words, pause and STOP, and messages.

import { pageName } from "./address"
import { post, Problem } from "./api"
import { h, put } from "./dom"
import { Live } from "./live"
import { runState, type RunState } from "./run-state"
import { switchLanguage, t, type Key } from "./text"

export interface Page { element: HTMLElement; leave: () => void }

export const live = new Live()
const AGAIN_MS = 300
const pages = new Map<string, () => Page>()
let current: Page | null = null

const messages = h("div", { class: "messages", role: "alert" })
const state = h("p", { class: "state", role: "status" })
const navigation = h("nav", { "aria-label": t("studio") })
const pause = h("button", { class: "pause", title: t("halt_hint"), onclick: () => void halt(isPaused() ? "resume" : "pause") })
const stop = h("button", { class: "stop", title: t("halt_hint"), onclick: () => void halt("kill") }, t("stop"))

/** Puts the shell around the pages, by their names in the address, and shows the first. */
export function begin(named: [string, Key, () => Page][]): void {
  for (const [name, title, make] of named) {
    pages.set(name, make)
    navigation.append(h("a", { href: `#${name}` }, t(title)))
  }
  document.title = t("studio")
  document.documentElement.dataset.theme = localStorage.getItem("theme") ?? ""
  const header = h("header", {},
    h("span", { class: "name" }, t("studio")), navigation, state,
    h("div", { class: "halts" }, pause, stop),
    h("div", { class: "settings" },
      h("button", { onclick: switchTheme, title: t("theme"), "aria-label": t("theme") }, "◐"),
      h("button", { onclick: switchLanguage }, t("language"))))
  new ResizeObserver(() => document.documentElement.style.setProperty("--header", `${header.offsetHeight}px`)).observe(header)
  document.body.replaceChildren(
    h("a", { class: "skip", href: "#content", onclick: (event: Event) => { event.preventDefault(); document.getElementById("content")?.focus() } }, t("skip")),
    header, messages)
  window.addEventListener("hashchange", show)
  window.addEventListener("keydown", onKey, true)
  live.listen(showState)
  showState()
  show()
}

/** Opens a page by its name. */
export function go(name: string): void {
  location.hash = name
}

function show(): void {
  const name = pages.has(pageName()) ? pageName() : pages.keys().next().value!
  current?.leave()
  current?.element.remove()
  if (messages.querySelector(".good")) messages.replaceChildren() // it was of the page before
  current = pages.get(name)!()
  current.element.tabIndex = -1
  document.body.append(current.element)
  scrollTo(0, 0)
  current.element.focus({ preventScroll: true }) // the keyboard goes on in the page, unless the page has a better place
  for (const link of navigation.querySelectorAll("a")) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page")
    else link.removeAttribute("aria-current")
  }
}

/** Shows what went wrong, until something else is done. */
export function report(problem: unknown): void {
  const text = problem instanceof Problem ? (problem.message === "connection" ? t("connection") : problem.message) : String(problem)
  tell(text, "problem")
}

export function tell(text: string, kind: "problem" | "good"): void {
  messages.replaceChildren(h("p", { class: kind }, `${kind === "good" ? "✓" : "✗"} ${text}`,
    h("button", { "aria-label": t("cancel"), onclick: () => messages.replaceChildren() }, "×")))
}

/** Whether the person confirms it by a second click. */
export function confirmed(question: string, hint: string, action: string): Promise<boolean> {
  return new Promise(done => {
    const box = h("dialog", { "aria-label": question },
      h("p", {}, h("strong", {}, question)), h("p", {}, hint),
      h("form", { method: "dialog", class: "bar" }, h("button", { value: "" }, t("cancel")), h("button", { value: "yes", class: "primary" }, action)))
    box.addEventListener("close", () => { box.remove(); done(box.returnValue === "yes") })
    document.body.append(box)
    box.showModal()
  })
}

/** Ends the run; every output becomes neutral. */
export async function endRun(): Promise<void> {
  try {
    await post("stop")
  } catch (error) {
    report(error)
  }
}

/** Starts something; what runs is ended for it if the person confirms that, and else there is no answer. */
export async function started(path: string, body: object, timeout_ms?: number): Promise<any> {
  try {
    return await post(path, body, timeout_ms)
  } catch (error) {
    if (!(error instanceof Problem) || !error.running) throw error
    if (!(await confirmed(t("busy", error.running), t("busy_hint"), t("busy_action")))) return null
    await post("stop")
    return post(path, body, timeout_ms)
  }
}

let newest = 0

/** Pauses, resumes or stops everything; a stop that did not arrive is sent again until it does. */
async function halt(how: "pause" | "resume" | "kill"): Promise<void> {
  const mine = ++newest
  for (;;) {
    try {
      const answer = await post("halt", { how }, 4000)
      tell(answer.text, answer.missing.length ? "problem" : "good")
      return
    } catch (error) {
      if (!(error instanceof Problem) || error.message !== "connection" || how === "resume") return report(error)
      tell(t("not_received", how === "kill" ? t("stop") : t("pause")), "problem")
    }
    await new Promise(done => setTimeout(done, AGAIN_MS))
    if (mine !== newest) return
  }
}

function isPaused(): boolean {
  return live.inputs.some(([, one]) => one.state.cause === "halt")
}

function showState(): void {
  for (const one of [pause, stop]) one.disabled = !live.isRunning
  pause.disabled ||= live.isCalibrating
  put(pause, t(isPaused() ? "resume" : "pause"))
  if (live.lostSince) {
    state.className = "state bad"
    put(state, live.isRefused ? t("refused") : t("disconnected", live.lostSince.toLocaleTimeString()))
    return
  }
  if (!live.isRunning) {
    state.className = "state"
    put(state, "")
    return
  }
  if (live.isCalibrating) {
    state.className = "state waits"
    put(state, `◌ ${t("state_calibration")}`)
    return
  }
  const { name, of: { word, text, kind, mark } } = worst()
  state.className = `state ${kind}`
  put(state, `${mark} ${name ? `${name}: ${word}` : text}`)
}

/** The state that matters most, with the input's name where the inputs differ. */
function worst(): { name: string; of: RunState } {
  const left = live.inputs.filter(([, one]) => one.state.cause !== "end"), all = left.length ? left : live.inputs
  const states = all.map(([name, one]) => ({ name, of: runState(one.state) }))
  const found = states.find(one => one.of.kind === "bad") ?? states.find(one => one.of.kind === "waits") ?? states[0]!
  return states.every(one => one.of.text === found.of.text) ? { ...found, name: "" } : found
}

/** The space bar halts what runs, wherever the focus is; while nothing moves it does what it does everywhere. */
function onKey(event: KeyboardEvent): void {
  const target = event.target as HTMLElement
  if (event.code !== "Space" || event.repeat || !live.isRunning || live.isCalibrating || target.matches("input, textarea, select")) return
  if (event.shiftKey) void halt("kill")
  else if (!isPaused()) void halt("pause")
  else return
  event.preventDefault()
  event.stopPropagation()
}

function switchTheme(): void {
  const dark = document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches
  document.documentElement.dataset.theme = dark ? "light" : "dark"
  localStorage.setItem("theme", document.documentElement.dataset.theme)
}
