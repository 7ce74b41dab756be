// Try-outs that measure: a test is chosen, made and compared with earlier ones.

import { h, keyed } from "../dom"
import type { Live } from "../live"
import { report, started, type Page } from "../shell"
import { t } from "../text"
import { history } from "./tryouts/history"
import { figures } from "./tryouts/figures"
import { learned, learnedKey } from "./tryouts/learned"
import { setup, type Asked } from "./tryouts/setup"
import { gameView } from "./tryouts/game"
import { reactionView, targetsView } from "./tryouts/tests"
import type { View } from "./calibration/view"

const VIEWS = { reaction: reactionView, targets: targetsView, game: gameView }

// what outlives the page: the latest test, for one more, and whether its result is to be shown
let asked: Asked | null = null, isAwaited = false

export function tryoutsPage(live: Live): Page {
  const body = h("div", {}), earlier = history()
  const element = h("main", { id: "content", class: "calibrate tryouts" }, h("h1", {}, t("tryouts")), body, earlier.element)
  const choosing = setup(live, made => void begin(made), profile => void earlier.show(profile))
  let view: View | null = null, shown = "", kept = ""

  async function begin(made: Asked): Promise<void> {
    asked = made
    try {
      await started("tryouts/begin", made, 30_000)
    } catch (error) {
      report(error)
    }
  }

  function open(name: string, made: () => View): void {
    if (shown !== name) {
      shown = name
      view = made()
      body.replaceChildren(view.element)
    }
    view?.update()
  }

  function update(): void {
    const found = live.message?.tryout
    if (found?.result && isAwaited) {
      const key = JSON.stringify(found.result)
      if (found.saved && kept !== key) {
        kept = key
        void earlier.show(choosing.profile())
      }
      return open(`result ${key}`, () => result(key))
    }
    if (found && !found.result && live.isRunning) {
      isAwaited = true
      return open(found.test, () => VIEWS[found.test](live))
    }
    open("setup", () => choosing)
  }

  function result(key: string): View {
    const again = h("button", { class: "primary", onclick: () => asked && void begin(asked) }, t("to_again"))
    const other = h("button", { onclick: () => { isAwaited = false; update() } }, t("back"))
    again.hidden = !asked
    const where = h("p", { role: "status" }), numbers = h("div", {}), model = h("div", { role: "status", class: "learned" })
    queueMicrotask(() => (asked ? again : other).focus())
    return {
      element: h("section", { class: "panel" }, h("h2", {}, t("to_result")), numbers, where, model, h("div", { class: "bar start" }, again, other)),
      update() {
        const found = live.message?.tryout
        if (found?.result) keyed(numbers, key, () => figures(found.test, found.result!))
        if (found) keyed(model, learnedKey(found), () => learned(found, asked?.profile ?? choosing.profile()))
        again.disabled = Boolean(asked?.learn && found?.learning && found.learning.phase !== "done" && found.learning.phase !== "failed")
        keyed(where, `${found?.saved} ${found?.problem}`, () => [found?.problem ? h("span", { class: "problem" }, `✗ ${found.problem}`) : found?.saved ? t("to_saved", found.saved) : null])
      },
      leave: () => undefined,
    }
  }

  const stop = live.listen(update)
  update()
  return { element, leave: stop }
}
