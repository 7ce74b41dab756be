// Earlier results of a profile: a curve and a table for each test.

import { post } from "../../api"
import { h, s } from "../../dom"
import type { Result } from "../../live"
import { t, type Key } from "../../text"
import { bits, percent, seconds, table } from "./figures"

interface Kept { made: string; test: string; result: Result }
interface OfTest { title: Key; columns: Key[]; value: (result: Result) => number | null | undefined; cells: (result: Result) => string[] }
const WIDTH = 300, HEIGHT = 80, MOST_ROWS = 20
/** What is listed of each test; the first column is the curve's. */
const OF_TESTS: Record<"reaction" | "targets" | "game", OfTest> = {
  reaction: {
    title: "to_reaction", columns: ["to_median", "to_p90", "to_wrong", "to_missed"], value: one => one.median_s,
    cells: one => [seconds(one.median_s), seconds(one.p90_s), String(one.wrong ?? 0), String(one.missed)],
  },
  targets: {
    title: "to_targets", columns: ["to_throughput", "to_efficiency", "to_axes", "to_missed"], value: one => one.throughput,
    cells: one => [bits(one.throughput), percent(one.path_efficiency), (one.axes ?? []).join(" + "), String(one.missed)],
  },
  game: {
    title: "to_game", columns: ["to_opened", "to_points", "to_mean", "to_missed"], value: one => one.share,
    cells: one => [percent(one.share), String(one.points ?? 0), seconds(one.mean_s), String(one.missed)],
  },
}

export function history(): { element: HTMLElement; show: (profile: string) => Promise<void> } {
  const body = h("div", { class: "cards" }), element = h("section", { class: "panel" }, h("h2", {}, t("to_earlier")), body)
  let asking = 0

  async function show(profile: string): Promise<void> {
    const mine = ++asking
    try {
      const kept = (await post("tryouts/results", { profile })).results as Kept[]
      if (mine !== asking) return
      const parts = Object.keys(OF_TESTS).map(test => kept.filter(one => one.test === test)).filter(some => some.length)
      body.replaceChildren(...(parts.length ? parts.map(part) : [h("p", {}, t("to_none", profile))]))
    } catch (error) {
      if (mine === asking) body.replaceChildren(h("p", { class: "problem" }, `✗ ${error instanceof Error ? error.message : error}`))
    }
  }

  return { element, show }
}

function part(kept: Kept[]): HTMLElement {
  const { title, columns, value, cells } = OF_TESTS[kept[0]!.test as keyof typeof OF_TESTS], text = (one: Kept) => cells(one.result)[0]!
  const rows = kept.slice(-MOST_ROWS).reverse().map(one => h("tr", {}, h("th", { scope: "row" }, date(one)), ...cells(one.result).map(cell => h("td", {}, cell))))
  return h("article", {}, h("h3", {}, t(title)), kept.length > 1 ? curve(kept, one => value(one.result) ?? null, t("to_curve", t(columns[0]!), date(kept[0]!), date(kept.at(-1)!), kept.map(text).join(", "))) : null,
    table(t(title), [t("to_when"), ...columns.map(one => t(one))], rows))
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
