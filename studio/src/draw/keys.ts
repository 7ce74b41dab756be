// A keyboard whose keys can be chosen, and a mouse beside it.

import { s } from "../dom"

const ROWS: string[][] = [
  ["esc", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "f12", "delete"],
  ["", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "minus", "equal", "backspace"],
  ["tab", "q", "w", "e", "r", "t", "y", "u", "i", "o", "p", "home", "page_up"],
  ["caps_lock", "a", "s", "d", "f", "g", "h", "j", "k", "l", "semicolon", "apostrophe", "enter"],
  ["shift", "z", "x", "c", "v", "b", "n", "m", "comma", "dot", "slash", "up", "page_down"],
  ["ctrl", "super", "alt", "space", "end", "left", "down", "right"],
  ["volume_down", "volume_up", "play", "next_track"],
]
const WIDE: Record<string, number> = { backspace: 2, tab: 1.5, caps_lock: 1.8, shift: 2.2, enter: 1.7, space: 5.2, ctrl: 1.5, super: 1.3, alt: 1.3, volume_down: 2, volume_up: 2, play: 2, next_track: 2 }
const SIGNS: Record<string, string> = {
  minus: "-", equal: "=", comma: ",", dot: ".", slash: "/", semicolon: ";", apostrophe: "'", backspace: "⌫", tab: "⇥", caps_lock: "⇪",
  shift: "⇧", enter: "⏎", space: "␣", up: "↑", down: "↓", left: "←", right: "→", super: "◆", delete: "⌦", home: "⇱", end: "⇲",
  page_up: "⇞", page_down: "⇟", volume_down: "♪ −", volume_up: "♪ +", play: "▶ ❚❚", next_track: "▶❙",
}
const MOUSE: Record<string, [number, number, number, number, string]> = {
  mouse_left: [416, 30, 26, 34, "L"], mouse_middle: [444, 30, 14, 34, "M"], mouse_right: [460, 30, 26, 34, "R"],
  mouse_x: [416, 68, 34, 22, "↔"], mouse_y: [452, 68, 34, 22, "↕"], wheel: [434, 94, 34, 22, "⇕"],
}

/** The picture, and its parts by the names of their controls. */
export function keys(): { picture: SVGSVGElement; parts: Map<string, SVGElement> } {
  const picture = s("svg", { viewBox: "0 0 490 198", class: "keys" }), parts = new Map<string, SVGElement>()
  const add = (name: string, x: number, y: number, width: number, height: number, sign: string) => {
    const part = s("g", { class: "key" }, s("rect", { x, y, width, height, rx: 4 }),
      s("text", { x: x + width / 2, y: y + height / 2 + 3.5, "text-anchor": "middle" }, sign))
    parts.set(name, part)
    picture.append(part)
  }
  ROWS.forEach((row, number) => {
    let x = 2
    for (const key of row) {
      const width = 27 * (WIDE[key] ?? 1)
      if (key) add(`key_${key}`, x, 2 + 28 * number, width - 2, 26, SIGNS[key] ?? key.toUpperCase())
      x += width
    }
  })
  for (const [name, [x, y, width, height, sign]] of Object.entries(MOUSE)) add(name, x, y, width, height, sign)
  return { picture, parts }
}
