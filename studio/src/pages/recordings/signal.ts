// The signal with its segments below; buttons and keys move and zoom.

import { post } from "../../api"
import { h, put } from "../../dom"
import { overview } from "../../draw/overview"
import { report } from "../../shell"
import { t } from "../../text"
import type { Opened } from "./recording"
import { labelOf } from "./segments"

export interface SignalView {
  element: HTMLElement
  range: () => [number, number]
  look: (begin_s: number, end_s: number) => void
  mark: (labels: Map<number, string>) => void
  leave: () => void
}

const LEAST_SAMPLES = 32, READING_MS = 120_000, STEP = 0.5

export function signalView(file: string, found: Opened): SignalView {
  const picture = overview(found.names), strip = h("div", { class: "strip", "aria-hidden": "true" }), where = h("p", { role: "status", class: "muted" })
  const least_s = Math.min(found.seconds, LEAST_SAMPLES / found.rate_hz)
  let begin = 0, end = found.seconds, asked = 0, changed = new Map<number, string>()

  function look(from: number, to: number): void {
    const span = Math.min(Math.max(to - from, least_s), found.seconds), first = Math.min(Math.max(from, 0), found.seconds - span)
    begin = first
    end = first + span
    put(where, t("seconds_of", begin.toFixed(2), end.toFixed(2), found.seconds.toFixed(2)))
    drawStrip()
    void load()
  }

  async function load(): Promise<void> {
    const mine = ++asked
    try {
      const columns = await post("recordings/columns", { recording: file, part: found.part, begin_s: begin, end_s: end }, READING_MS)
      if (mine !== asked) return
      const bytes = Uint8Array.from(atob(columns.values), one => one.charCodeAt(0))
      picture.show({ ...columns, values: new Float32Array(bytes.buffer) })
    } catch (error) {
      report(error)
    }
  }

  function drawStrip(): void {
    const names = [...new Set(found.segments.map(one => one.label))]
    strip.replaceChildren(...found.segments.flatMap((one, number) => {
      if (one.end_s <= begin || one.begin_s >= end) return []
      const left = Math.max(one.begin_s, begin), right = Math.min(one.end_s, end)
      const part = h("div", { class: `part look${names.indexOf(one.label) % 4} ${changed.has(number) ? "changed" : ""}` }, labelOf(changed.get(number) ?? one.label))
      part.style.left = `${(100 * (left - begin)) / (end - begin)}%`
      part.style.width = `${(100 * (right - left)) / (end - begin)}%`
      return [part]
    }))
  }

  const zoom = (by: number) => { const middle = (begin + end) / 2, half = ((end - begin) * by) / 2; look(middle - half, middle + half) }
  const move = (by: number) => { const far = (end - begin) * by; look(begin + far, end + far) }
  const all = () => look(0, found.seconds)
  const keys: Record<string, () => void> = {
    "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), ArrowLeft: () => move(-STEP), ArrowRight: () => move(STEP), Home: all, "0": all,
  }
  const onKey = (event: KeyboardEvent) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key]
    if (!act) return
    event.preventDefault()
    act()
  }
  const buttons: [string, () => void][] = [
    [t("zoom_in"), keys["+"]!], [t("zoom_out"), keys["-"]!], [t("earlier"), keys.ArrowLeft!], [t("later"), keys.ArrowRight!], [t("whole"), all],
  ]
  const element = h("div", {},
    h("div", { class: "plot", tabindex: 0, role: "group", "aria-label": t("plot_keys"), onkeydown: onKey }, picture.element, strip),
    h("div", { class: "bar start" }, ...buttons.map(([text, act]) => h("button", { onclick: act }, text)), where))
  queueMicrotask(all)
  return {
    element, look,
    range: () => [begin, end],
    mark(labels) {
      changed = labels
      drawStrip()
    },
    leave: picture.leave,
  }
}
