// What is wrong with an electrode or a gesture, in the language of the page: the server's sentences are English.

import { gestureName } from "./gesture-names"
import { has, t } from "./text"

const ELECTRODE = /^electrode (\d+) is (.+?)(?: in (\d+ %) of its samples| \((\d+ %) of its power\))?: /
const STILL = /^no muscle worked at (.+?): /, ALIKE = /^(.+) and (.+?) look alike: /

/** A sentence of the signal's checks or of a calibration, in the language of the page where it is known. */
export function warningText(sentence: string): string {
  const electrode = ELECTRODE.exec(sentence), still = STILL.exec(sentence), alike = ALIKE.exec(sentence)
  if (electrode) {
    const [, number, what, samples, power] = electrode, share = samples ?? power
    return electrodeText(number!, what!) + (share ? ` (${share})` : "")
  }
  if (still) return t("no_muscle", gestureName(still[1]!))
  return alike ? t("alike", gestureName(alike[1]!), gestureName(alike[2]!)) : sentence
}

/** What is wrong with an electrode, and what to do. */
export function electrodeText(number: string, what: string): string {
  const key = `electrode_${what.replace(/ /g, "_")}`
  return has(key) ? t(key, number) : t("electrode", number, what)
}

/** The electrodes that sentences name, with what is wrong with each. */
export function namedElectrodes(sentences: string[]): Record<string, string> {
  return Object.fromEntries(sentences.flatMap(text => {
    const found = /^electrode (\d+) is (.*)$/.exec(text)
    return found ? [[found[1]!, found[2]!]] : []
  }))
}
