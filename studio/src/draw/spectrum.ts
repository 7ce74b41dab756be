// The spectrum of a channel, with the frequencies of the mains marked.

import uPlot from "uplot"
import { h } from "../dom"
import type { Live, Spectrum } from "../live"
import { t } from "../text"

const MAINS_HZ = [50, 60]
const HEIGHT = 180

export function spectrum(live: Live): { element: HTMLElement; show: (channels: number) => void; leave: () => void } {
  const choice = h("select", { onchange: () => live.choose(Number(choice.value)) })
  const picture = h("div", { class: "spectrum", role: "img" })
  const element = h("div", {}, h("label", { class: "choice" }, t("channel"), choice), picture)
  const color = (name: string) => () => getComputedStyle(picture).getPropertyValue(name)
  const axis = { stroke: color("--muted"), grid: { stroke: color("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui" }
  const plot = new uPlot({
    width: 300, height: HEIGHT, cursor: { show: false }, legend: { show: false }, scales: { x: { time: false } },
    axes: [{ ...axis, values: (_, ticks) => ticks.map(hz => `${hz} Hz`) }, { ...axis, values: (_, ticks) => ticks.map(db => `${db} dB`), size: 60 }],
    series: [{}, { stroke: color("--trace"), width: 1.5 }],
    hooks: { draw: [drawMains] },
  }, [[], []], picture)
  const sized = new ResizeObserver(() => plot.setSize({ width: Math.max(120, picture.clientWidth), height: HEIGHT }))
  sized.observe(picture)
  let shown: Spectrum | null = null

  function drawMains(of: uPlot): void {
    const context = of.ctx
    context.save()
    context.strokeStyle = color("--waits")()
    context.fillStyle = color("--waits")()
    context.setLineDash([4, 4])
    for (const hz of MAINS_HZ) {
      if (hz > (of.scales.x?.max ?? 0)) continue
      const x = of.valToPos(hz, "x", true)
      context.beginPath()
      context.moveTo(x, of.bbox.top)
      context.lineTo(x, of.bbox.top + of.bbox.height)
      context.stroke()
    }
    context.restore()
  }

  return {
    element,
    show(channels) {
      if (choice.options.length !== channels) {
        choice.replaceChildren(...Array.from({ length: channels }, (_, one) => h("option", { value: one }, String(one + 1))))
        live.choose(0)
      }
      if (!live.spectrum || live.spectrum === shown) return
      shown = live.spectrum
      plot.setData([shown.hz, shown.db])
      const peak = shown.db.length ? shown.hz[shown.db.indexOf(Math.max(...shown.db))]! : 0
      picture.setAttribute("aria-label", t("spectrum_alt", shown.channel + 1, Math.round(peak)))
    },
    leave() {
      sized.disconnect()
      plot.destroy()
    },
  }
}
