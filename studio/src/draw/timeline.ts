// The decisions of the last seconds, as blocks with their names, on the time axis of the traces.

import { KEPT_S, type Live } from "../live"
import { t } from "../text"

/** Draws the decisions of a live connection at every frame of the screen until the returned function is called. */
export function timeline(canvas: HTMLCanvasElement, live: Live): () => void {
  const context = canvas.getContext("2d")!, none = t("no_gesture")
  let frame = 0

  function draw(now: number): void {
    frame = requestAnimationFrame(draw)
    const ratio = devicePixelRatio, width = canvas.clientWidth, height = canvas.clientHeight
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio)
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio)
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.clearRect(0, 0, width, height)
    const style = getComputedStyle(canvas), accent = style.getPropertyValue("--accent"), ink = style.getPropertyValue("--ink")
    context.font = "12px system-ui, sans-serif"
    context.textBaseline = "middle"
    const x = (ms: number) => width - ((now - ms) / 1000 / KEPT_S) * width
    live.decisions.forEach(({ from, label, unsure }, place) => {
      const left = Math.max(0, x(from)), right = x(live.decisions[place + 1]?.from ?? now), text = label || none
      if (right <= left) return
      const isRest = !label || label === live.message?.run?.rest
      context.globalAlpha = isRest ? 0 : unsure ? 0.1 : 0.25
      context.fillStyle = accent
      context.fillRect(left, 0, right - left, height)
      context.globalAlpha = 1
      context.strokeStyle = accent
      context.setLineDash(unsure || isRest ? [3, 3] : [])
      context.strokeRect(left + 0.5, 0.5, right - left - 1, height - 1)
      if (context.measureText(text).width + 8 > right - left) return
      context.fillStyle = ink
      context.fillText(text, left + 4, height / 2)
    })
  }

  function describe(): void {
    canvas.setAttribute("aria-label", `${t("decisions_alt", KEPT_S)}: ${live.decisions.map(one => one.label || none).join(", ")}`)
  }

  const leave = live.listen(describe)
  describe()
  frame = requestAnimationFrame(draw)
  return () => { leave(); cancelAnimationFrame(frame) }
}
