// What a run drives now, as pictures: pad, keys and hand, each where the run has it.

import { h, keyed } from "../dom"
import type { Message } from "../live"
import { t } from "../text"
import { gesture, movingHand } from "./gestures"
import { keys } from "./keys"
import { pad } from "./pad"

type State = Message["state"]
interface Picture { element: SVGSVGElement | HTMLElement; show: (state: State) => void }

const PICTURES: Record<string, () => Picture> = { gamepad, keyboard, hand }

/** The pictures of a run's outputs by their names; a run without any of these has the pad, which most mappings are for. */
export function outputPictures(): { element: HTMLElement; show: (state: State, outputs: string[]) => void } {
  const element = h("div", { class: "outputs" })
  let made: Picture[] = []
  return {
    element,
    show(state, outputs) {
      const kinds = Object.keys(PICTURES).filter(kind => outputs.some(name => name.split(/[ .:#]/)[0] === kind))
      if (!kinds.length) kinds.push(state.prediction?.fingers ? "hand" : "gamepad")
      keyed(element, kinds.join(), () => (made = kinds.map(kind => PICTURES[kind]!())).map(one => one.element))
      for (const one of made) one.show(state)
    },
  }
}

function gamepad(): Picture {
  const { picture, show } = pad()
  return { element: picture, show: ({ buttons = [], axes = {} }) => show({ buttons, axes }) }
}

function keyboard(): Picture {
  const { picture, parts } = keys()
  picture.setAttribute("role", "img")
  return {
    element: picture,
    show({ buttons = [], axes = {} }) {
      for (const [name, part] of parts) part.classList.toggle("on", buttons.includes(name) || Boolean(axes[name]))
      picture.setAttribute("aria-label", `${t("driven")}: ${buttons.join(", ") || t("nothing_driven")}`)
    },
  }
}

/** The fingers of a pose; of a gesture, its drawing. */
function hand(): Picture {
  const element = h("div", { class: "driven-hand" }), moving = movingHand()
  return {
    element,
    show({ prediction }) {
      const fingers = prediction?.fingers
      keyed(element, fingers ? "fingers" : prediction?.label ?? "rest", () => [fingers ? moving.picture : gesture(prediction?.label ?? "rest")])
      if (fingers) moving.show(fingers)
    },
  }
}
