// The guided calibration: who, what, the prompts, the result.

import { forgetGiven, given, naming } from "../address"
import { post } from "../api"
import { h } from "../dom"
import type { Calibration, Live } from "../live"
import { go, report, started, type Page } from "../shell"
import { t } from "../text"
import { choose, type Setup, type Wish } from "./calibration/choose"
import { plan, type Plan } from "./calibration/plan"
import { resultView } from "./calibration/result"
import { session } from "./calibration/session"
import { tryout } from "./calibration/tryout"
import type { View } from "./calibration/view"
import { play } from "./home"

const STEPS = ["step_choose", "step_plan", "step_record", "step_result"] as const

// what outlives the page: the last request, and a result that a try-out has replaced on the server
let asked: ({ profile: string; input: string } & Plan) | null = null
let kept: { found: Calibration; messages: string[] } | null = null
let isSettingUp = false, isStarting = false

export function calibratePage(live: Live): Page {
  const steps = h("ol", { class: "steps" }, ...STEPS.map(key => h("li", {}, t(key)))), body = h("div", {})
  const element = h("main", { id: "content", class: "calibrate" }, h("h1", {}, t("calibrate")), steps, body)
  let view: View | null = null, shown = ""

  function open(name: string, step: number, made: () => View | HTMLElement): void {
    if (shown === name) return
    view?.leave()
    shown = name
    const found = made()
    view = found instanceof HTMLElement ? { element: found, update: () => undefined, leave: () => undefined } : found
    body.replaceChildren(view.element)
    scrollTo(0, 0)
    Array.from(steps.children).forEach((one, place) => {
      one.className = place < step ? "over" : ""
      if (place === step) one.setAttribute("aria-current", "step")
      else one.removeAttribute("aria-current")
    })
  }

  function follow(): void {
    const message = live.message
    if (!message || isSettingUp) return
    if (isStarting && message.ended) return // still of what was before
    if (isStarting || (message.calibration && !message.ended)) {
      isStarting &&= !message.calibration
      kept = null
      open("session", 2, () => session(live))
    } else if (message.ended && (message.calibration || shown === "session")) {
      kept = { found: message.calibration ?? { phase: "failed" }, messages: message.ended.messages }
      openResult()
    } else if (!kept) setUp()
    view?.update()
  }

  function openResult(): void {
    if (!kept) return setUp()
    const { found, messages } = kept
    open(`result ${JSON.stringify(found)}`, 3, () => resultView(found, messages, {
      play: () => void play(found.profile ?? ""),
      map: () => go(naming("mapping", { profile: found.profile ?? "", begin: "new" })),
      tryOut: () => void tryOut(found.profile ?? ""),
      again: () => void again(found),
      other: () => setUp(),
    }))
  }

  function setUp(wish: Wish = {}): void {
    isSettingUp = true
    kept = null
    open("choose", 0, () => choose(ask, wish))
  }

  function ask(setup: Setup): void {
    open("plan", 1, () => plan(setup, made => void start({ profile: setup.profile, input: setup.input, ...made }), () => setUp()))
  }

  async function start(request: { profile: string; input: string } & Plan): Promise<void> {
    try {
      const answer = await started("calibration/start", request)
      if (!answer) return
      asked = { ...request, profile: answer.profile }
      isSettingUp = false
      isStarting = true
      kept = null
      follow()
    } catch (error) {
      report(error)
    }
  }

  /** The same once more; a new profile is there by now, unless nothing at all was recorded for it. */
  async function again(found: Calibration): Promise<void> {
    if (asked && asked.profile === found.profile) await start(found.begun === false ? asked : { ...asked, input: "" })
    else setUp()
  }

  async function tryOut(profile: string): Promise<void> {
    try {
      if (!(await started("try", { profile }))) return
    } catch (error) {
      return report(error)
    }
    const end = () => post("stop").catch(report)
    open("try", 3, () => tryout(live, kept?.found.result?.muscles ?? [], () => void end().then(() => play(profile)), () => void end().then(openResult)))
  }

  const stop = live.listen(follow)
  const wish = { profile: given("profile"), input: given("input") }
  const isNew = Boolean(wish.profile || wish.input || given("begin"))
  forgetGiven()
  if (live.isCalibrating) isSettingUp = false
  if (!live.isCalibrating && isNew) setUp(wish)
  else if (isSettingUp) setUp()
  else follow()
  return { element, leave: () => { stop(); view?.leave() } }
}
