// Earlier results of a profile: a curve and a table for each test.

import { post } from "../../api"
import { h, s } from "../../dom"
import type { Result } from "../../live"
import { t } from "../../text"
import { bits, seconds, table } from "./figures"

interface Kept { made: string; test: string; result: Result }
const WIDTH = 300, HEIGHT = 80, MOST_ROWS = 20

export function history(): { element: HTMLElement; show: (profile: string) => Promise<void> } {
  const body = h("div", { class: "cards" }), element = h("section", { class: "panel" }, h("h2", {}, t("to_earlier")), body)
  let asking = 0

  async function show(profile: string): Promise<void> {
    const mine = ++asking
    try {
      const kept = (await post("tryouts/results", { profile })).results as Kept[]
      if (mine !== asking) return
      const parts = (["reaction", "targets"] as const).map(test => kept.filter(one => one.test === test)).filter(some => some.length)
      body.replaceChildren(...(parts.length ? parts.map(part) : [h("p", {}, t("to_none", profile))]))
    } catch (error) {
      if (mine === asking) body.replaceChildren(h("p", { class: "problem" }, `✗ ${error instanceof Error ? error.message : error}`))
    }
  }

  return { element, show }
}

function part(kept: Kept[]): HTMLElement {
  const isReaction = kept[0]!.test === "reaction", title = t(isReaction ? "to_reaction" : "to_targets")
  const value = ({ result }: Kept) => (isReaction ? result.median_s : result.throughput) ?? null
  const text = (one: Kept) => (isReaction ? seconds(value(one)) : bits(value(one)))
  const columns = isReaction ? [t("to_when"), t("to_median"), t("to_p90"), t("to_wrong"), t("to_missed")] : [t("to_when"), t("to_throughput"), t("to_efficiency"), t("to_axes"), t("to_missed")]
  const rows = kept.slice(-MOST_ROWS).reverse().map(one => h("tr", {}, h("th", { scope: "row" }, date(one)), ...[
    text(one), isReaction ? seconds(one.result.p90_s) : `${Math.round(100 * (one.result.path_efficiency ?? 0))} %`,
    isReaction ? String(one.result.wrong ?? 0) : (one.result.axes ?? []).join(" + "), String(one.result.missed)].map(cell => h("td", {}, cell))))
  return h("article", {}, h("h3", {}, title), kept.length > 1 ? curve(kept, value, t("to_curve", t(isReaction ? "to_median" : "to_throughput"), date(kept[0]!), date(kept.at(-1)!), kept.map(text).join(", "))) : null, table(title, columns, rows))
}

/** A line through the values in the order of time, from 0. */
function curve(kept: Kept[], value: (one: Kept) => number | null, name: string): SVGSVGElement {
  const times = kept.map(one => Date.parse(one.made)), begin = times[0]!, span = Math.max(1, times.at(-1)! - begin)
  const most = Math.max(1e-9, ...kept.map(one => value(one) ?? 0))
  const points = kept.flatMap((one, place) => {
    const at = value(one)
    return at === null ? [] : [[(WIDTH * (times[place]! - begin)) / span, HEIGHT * (1 - at / most)] as const]
  })
  return s("svg", { viewBox: `-8 -8 ${WIDTH + 16} ${HEIGHT + 16}`, role: "img", class: "over-days", "aria-label": name },
    s("path", { class: "frame", d: `M0 0V${HEIGHT}H${WIDTH}` }),
    s("polyline", { class: "line", points: points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ") }),
    ...points.map(([x, y]) => s("circle", { class: "dot", cx: x.toFixed(1), cy: y.toFixed(1), r: 3.5 })))
}

function date({ made }: Kept): string {
  return new Date(made).toLocaleString([], { dateStyle: "short", timeStyle: "short" })
}
