// A recorded signal on a canvas: the channels one below the other, each column from its smallest to its largest sample.

import { h } from "../dom"
import { t } from "../text"

export interface Columns { columns: number; channels: number; begin_s: number; end_s: number; values: Float32Array }

const NAMED_FROM = 14 // pixels of a row that has its channel's name

/** The picture; `show` draws other columns. */
export function overview(names: string[]): { element: HTMLCanvasElement; show: (columns: Columns) => void; leave: () => void } {
  const canvas = h("canvas", { class: "traces", role: "img" })
  let shown: Columns | null = null

  function draw(): void {
    if (!shown) return
    const context = canvas.getContext("2d")!, ratio = devicePixelRatio
    const width = canvas.clientWidth, height = canvas.clientHeight, row = height / shown.channels, style = getComputedStyle(canvas)
    canvas.width = Math.round(width * ratio)
    canvas.height = Math.round(height * ratio)
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.strokeStyle = style.getPropertyValue("--trace")
    context.fillStyle = style.getPropertyValue("--muted")
    context.font = "12px system-ui, sans-serif"
    const { columns, channels, values } = shown, step = width / columns
    const largest = values.reduce((most, one) => (Number.isFinite(one) ? Math.max(most, Math.abs(one)) : most), 1e-12)
    context.beginPath()
    for (let channel = 0; channel < channels; channel++) {
      const middle = row * (channel + 0.5)
      let goesOn = false
      for (let column = 0; column < columns; column++) {
        const at = 2 * (column * channels + channel), low = values[at]!, high = values[at + 1]!
        if (Number.isNaN(low)) { // lost samples
          goesOn = false
          continue
        }
        const x = (column + 0.5) * step, top = middle - (high / largest) * row * 0.5, bottom = middle - (low / largest) * row * 0.5
        if (goesOn) context.lineTo(x, top)
        else context.moveTo(x, top)
        context.lineTo(x, Math.max(bottom, top + 0.5))
        goesOn = true
      }
    }
    context.stroke()
    if (row >= NAMED_FROM) for (let channel = 0; channel < channels; channel++) context.fillText(names[channel] || String(channel + 1), 4, row * channel + 12)
  }

  const sized = new ResizeObserver(draw), themed = new MutationObserver(draw)
  sized.observe(canvas)
  themed.observe(document.documentElement, { attributeFilter: ["data-theme"] })
  return {
    element: canvas,
    show(columns) {
      shown = columns
      canvas.style.setProperty("--rows", String(Math.min(columns.channels, 24)))
      canvas.setAttribute("aria-label", t("recording_alt", columns.channels, columns.begin_s.toFixed(2), columns.end_s.toFixed(2)))
      canvas.dataset.columns = String(columns.columns)
      draw()
    },
    leave() {
      sized.disconnect()
      themed.disconnect()
    },
  }
}
