// Every text of the pages, in the language of the browser or the one that was chosen.

import de from "./texts/de.json"
import en from "./texts/en.json"

export type Key = keyof typeof en

const LANGUAGES: Record<string, Record<Key, string>> = { en, de }
const chosen = localStorage.getItem("language") ?? navigator.language.slice(0, 2)

export const language = chosen in LANGUAGES ? chosen : "en"
document.documentElement.lang = language

/** A text, with {0}, {1} ... replaced. */
export function t(key: Key, ...values: (string | number)[]): string {
  return LANGUAGES[language]![key].replace(/\{(\d)\}/g, (_, place) => String(values[Number(place)] ?? ""))
}

/** Shows the pages in the other language. */
export function switchLanguage(): void {
  localStorage.setItem("language", language === "en" ? "de" : "en")
  location.reload()
}

/** Whether there is a text of this name. */
export function has(name: string): name is Key {
  return name in en
}
