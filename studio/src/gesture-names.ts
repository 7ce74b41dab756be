// What gestures are called on the pages; a profile's own names stay as they are.

import { known } from "./draw/gestures"
import { has, t, type Key } from "./text"

/** A gesture's name in the language of the page. */
export function gestureName(label: string): string {
  if (label === "other") return t("other")
  const name = known(label)
  return name && name === label.toLowerCase() && has(`gesture_${name}`) ? t(`gesture_${name}` as Key) : label
}

/** How a gesture is made, in a few words; "" where nobody knows. */
export function howTo(label: string): string {
  const name = known(label)
  return name && has(`do_${name}`) ? t(`do_${name}` as Key) : ""
}
