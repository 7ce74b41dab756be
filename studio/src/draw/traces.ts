// The channels' traces on a canvas, one below the other.

import type { Live } from "../live"
import { KEPT_S } from "../live"

const RATE = 0.05 // how fast the scale follows a smaller signal

/** Draws the signal into a canvas at every frame of the screen until the returned function is called. */
export function drawTraces(canvas: HTMLCanvasElement, live: Live): () => void {
  const context = canvas.getContext("2d", { alpha: true })!
  let scale = 1, frame = 0, shown = 0, seen = 0, seenAt = 0

  function draw(now: number): void {
    frame = requestAnimationFrame(draw)
    canvas.dataset.frames = String(Number(canvas.dataset.frames ?? 0) + 1)
    const ratio = devicePixelRatio, width = canvas.clientWidth, height = canvas.clientHeight
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio)
      canvas.height = Math.round(height * ratio)
    }
    const signal = live.signal
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.clearRect(0, 0, width, height)
    if (!signal || !signal.count) return
    if (signal.count !== seen) [seen, seenAt] = [signal.count, now]
    // columns come 30 times a second: between two of them, time goes on
    const target = seen + Math.min(((now - seenAt) / 1000) * signal.hz, signal.hz / 15)
    shown = Math.abs(target - shown) > signal.hz / 2 ? target : shown + (target - shown) * 0.5
    const { capacity, channels, values } = signal
    const first = Math.max(0, seen - capacity), step = width / (KEPT_S * signal.hz)
    const style = getComputedStyle(canvas)
    context.strokeStyle = style.getPropertyValue("--trace")
    context.fillStyle = style.getPropertyValue("--muted")
    context.font = "12px system-ui, sans-serif"
    const row = height / channels
    let largest = 1e-9
    const every = Math.max(1, Math.floor((seen - first) / Math.max(1, width)))
    context.lineWidth = 1
    context.beginPath()
    for (let channel = 0; channel < channels; channel++) {
      const middle = row * (channel + 0.5)
      let before: number | null = null
      for (let column = first - (first % every); column < seen; column += every) {
        let low = Infinity, high = -Infinity
        for (let one = Math.max(column, first); one < Math.min(column + every, seen); one++) {
          const at = ((one % capacity) * channels + channel) * 2
          low = Math.min(low, values[at]!)
          high = Math.max(high, values[at + 1]!)
        }
        const x = width - (shown - column) * step
        if (low === Infinity || x < 0) continue
        largest = Math.max(largest, Math.abs(low), Math.abs(high))
        const top = middle - (high / scale) * row * 0.5, bottom = middle - (low / scale) * row * 0.5
        if (before === null) context.moveTo(x, top)
        else context.lineTo(x, top)
        if (bottom !== top) context.lineTo(x, bottom)
        before = bottom
      }
    }
    context.stroke()
    scale = largest > scale ? largest : scale + (largest - scale) * RATE
    if (row >= 12) for (let channel = 0; channel < channels; channel++) context.fillText(String(channel + 1), 4, row * channel + 12)
  }

  frame = requestAnimationFrame(draw)
  return () => cancelAnimationFrame(frame)
}
