// What a run drives now, as pictures: pad, keys and hand, each where the run has it.

import { h, keyed } from "../dom"
import type { Message, Output } from "../live"
import { t } from "../text"
import { gesture, known, movingHand } from "./gestures"
import { keys } from "./keys"
import { pad } from "./pad"

type State = Message["state"]
type Outputs = Record<string, Output>
interface Picture { element: SVGSVGElement | HTMLElement; show: (state: State, outputs: Outputs) => void }

const PICTURES: Record<string, () => Picture> = { gamepad, keyboard, hand }

/** The pictures of a run's outputs by their names; a run without any of these has the pad, which most mappings are for. */
export function outputPictures(): { element: HTMLElement; show: (state: State, outputs: Outputs) => void } {
  const element = h("div", { class: "outputs" })
  let made: Picture[] = []
  return {
    element,
    show(state, outputs) {
      const kinds = Object.keys(PICTURES).filter(kind => Object.keys(outputs).some(name => name.split(/[ .:#]/)[0] === kind))
      if (!kinds.length) kinds.push(state.prediction?.fingers ? "hand" : "gamepad")
      keyed(element, kinds.join(), () => (made = kinds.map(kind => PICTURES[kind]!())).map(one => one.element))
      for (const one of made) one.show(state, outputs)
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

/** The fingers of a pose; else the drawing of the grip that a hand makes, or of the gesture. */
function hand(): Picture {
  const element = h("div", { class: "driven-hand" }), moving = movingHand()
  return {
    element,
    show({ prediction }, outputs) {
      const fingers = prediction?.fingers, grip = Object.values(outputs).find(one => one.doing)?.doing.split(",")[0]
      const shape = grip && known(grip) ? grip : prediction?.label ?? "rest"
      keyed(element, fingers ? "fingers" : shape, () => [fingers ? moving.picture : gesture(shape)])
      if (fingers) moving.show(fingers)
    },
  }
}
