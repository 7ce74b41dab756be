// The channels' traces on a canvas, one below the other.
//
// Lines are drawn once, into a strip that is as long as what is kept and wraps around; each frame of the screen copies it
// to where time has come. Only another scale, size, color or signal redraws all of them.

import type { Live, Signal } from "../live"

const ROOM = 1.25 // of the scale above the largest sample
const SMALLEST = 0.5 // share of the scale that the largest sample has, below which the scale becomes finer
const NAMED_FROM = 12 // pixels of a row that has its number
const CATCH_UP = 0.5

/** Draws the signal into a canvas at every frame of the screen until the returned function is called. */
export function drawTraces(canvas: HTMLCanvasElement, live: Live): () => void {
  const context = canvas.getContext("2d")!, strip = document.createElement("canvas"), lines = strip.getContext("2d")!
  let drawn: Signal | null = null, peaks = new Float32Array(0), until = 0, scale = 0, color = ""
  let frame = 0, shown = 0, seen = 0, seenAt = 0

  /** Draws the columns from `first` on, up to the newest. */
  function drawLines(signal: Signal, first: number, ratio: number): void {
    const { capacity, channels, values, count } = signal, { width, height } = strip
    const step = width / capacity, row = height / channels, begin = (first % capacity) * step, end = begin + (count - first) * step
    for (const turn of end > width ? [0, width] : [0]) {
      const left = Math.ceil(begin - turn)
      lines.clearRect(left, 0, Math.ceil(end - turn) - left, height)
      lines.strokeStyle = color
      lines.lineWidth = ratio
      lines.beginPath()
      for (let channel = 0; channel < channels; channel++) {
        const middle = row * (channel + 0.5), toPixels = (row * 0.5) / scale
        const from = Math.max(0, first - 1, count - capacity)
        for (let column = from; column < count; column++) {
          const at = ((column % capacity) * channels + channel) * 2, x = begin - turn + (column - first + 0.5) * step
          const top = middle - values[at + 1]! * toPixels, bottom = middle - values[at]! * toPixels
          if (column === from) lines.moveTo(x, from < first ? bottom : top)
          else lines.lineTo(x, top)
          if (column >= first && bottom !== top) lines.lineTo(x, bottom)
        }
      }
      lines.stroke()
    }
  }

  /** The largest sample that is kept, after the columns from `first` on have come. */
  function largest({ capacity, channels, values, count }: Signal, first: number): number {
    for (let column = Math.max(first, count - capacity); column < count; column++) {
      const at = (column % capacity) * channels * 2
      let peak = 0
      for (let one = at; one < at + channels * 2; one++) peak = Math.max(peak, Math.abs(values[one]!))
      peaks[column % capacity] = peak
    }
    let found = 1e-9
    for (const peak of peaks) if (peak > found) found = peak
    return found
  }

  function draw(now: number): void {
    frame = requestAnimationFrame(draw)
    const ratio = devicePixelRatio, width = Math.round(canvas.clientWidth * ratio), height = Math.round(canvas.clientHeight * ratio)
    const signal = live.signal, style = getComputedStyle(canvas)
    let isNew = canvas.width !== width || canvas.height !== height
    if (isNew) [canvas.width, canvas.height, strip.width, strip.height] = [width, height, width, height]
    else context.clearRect(0, 0, width, height)
    if (!signal || !signal.count || !width) return
    if (signal !== drawn || signal.count < until) {
      [drawn, until] = [signal, 0]
      peaks = new Float32Array(signal.capacity)
      isNew = true
    }
    const peak = largest(signal, until), trace = style.getPropertyValue("--trace")
    if (peak > scale || peak < scale * SMALLEST) [scale, isNew] = [peak * ROOM, true]
    if (trace !== color) [color, isNew] = [trace, true]
    if (isNew) lines.clearRect(0, 0, width, height)
    if (isNew || signal.count > until) drawLines(signal, isNew ? Math.max(0, signal.count - signal.capacity) : Math.max(until, signal.count - signal.capacity), ratio)
    until = signal.count

    if (signal.count !== seen) [seen, seenAt] = [signal.count, now]
    // columns come 30 times a second: between two of them, time goes on
    const target = seen + Math.min(((now - seenAt) / 1000) * signal.hz, signal.hz / 15)
    shown = Math.abs(target - shown) > signal.hz / 2 ? target : shown + (target - shown) * CATCH_UP
    const step = width / signal.capacity, newest = Math.round((seen % signal.capacity) * step), right = width - Math.round((shown - seen) * step)
    if (newest) context.drawImage(strip, 0, 0, newest, height, right - newest, 0, newest, height)
    if (newest < width) context.drawImage(strip, newest, 0, width - newest, height, right - width, 0, width - newest, height)
    const row = height / signal.channels
    if (row < NAMED_FROM * ratio) return
    context.fillStyle = style.getPropertyValue("--muted")
    context.font = `${12 * ratio}px system-ui, sans-serif`
    for (let channel = 0; channel < signal.channels; channel++) context.fillText(String(channel + 1), 4 * ratio, row * channel + 12 * ratio)
  }

  frame = requestAnimationFrame(draw)
  return () => cancelAnimationFrame(frame)
}
