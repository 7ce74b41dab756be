// The decisions of the last seconds, as blocks with their names, on the time axis of the traces.

import { KEPT_S, type Live } from "../live"

interface Block { from: number; label: string; unsure: boolean }

/** Draws the decisions of a live connection at every frame of the screen until the returned function is called. */
export function timeline(canvas: HTMLCanvasElement, live: Live, noGesture: string): () => void {
  const context = canvas.getContext("2d")!
  let blocks: Block[] = [], frame = 0, run = live.message?.run ?? null

  function note(): void {
    const message = live.message
    if (message?.run?.user !== run?.user) blocks = []
    run = message?.run ?? null
    if (!run || message?.ended) return
    const { label = noGesture, rejected = false } = message!.state.prediction ?? {}, last = blocks.at(-1)
    if (last?.label === label && last.unsure === rejected) return
    blocks.push({ from: performance.now(), label, unsure: rejected })
    while (blocks.length > 1 && blocks[1]!.from < performance.now() - 1000 * KEPT_S) blocks.shift()
  }

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
    blocks.forEach(({ from, label, unsure }, place) => {
      const left = Math.max(0, x(from)), right = x(blocks[place + 1]?.from ?? now)
      if (right <= left) return
      const isRest = label === run?.rest || label === noGesture
      context.globalAlpha = isRest ? 0 : unsure ? 0.1 : 0.25
      context.fillStyle = accent
      context.fillRect(left, 0, right - left, height)
      context.globalAlpha = 1
      context.strokeStyle = accent
      context.setLineDash(unsure || isRest ? [3, 3] : [])
      context.strokeRect(left + 0.5, 0.5, right - left - 1, height - 1)
      if (context.measureText(label).width + 8 > right - left) return
      context.fillStyle = ink
      context.fillText(label, left + 4, height / 2)
    })
  }

  const leave = live.listen(note)
  note()
  frame = requestAnimationFrame(draw)
  return () => { leave(); cancelAnimationFrame(frame) }
}
