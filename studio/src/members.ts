// A profile that combines the profiles of several inputs, on pages that are about one of them.

import { naming } from "./address"
import { h } from "./dom"
import { t } from "./text"

export interface Member { input: string; profile: string; model: string }
export interface Combination { name: string; inputs: Member[] }

/** The profiles of its inputs, each with a link to the page for it. */
export function members({ name, inputs }: Combination, page: string): HTMLElement {
  return h("div", { class: "members" }, h("p", {}, t("combines", name)), h("ul", { class: "rows" }, ...inputs.map(one =>
    h("li", {}, h("strong", {}, one.input), h("a", { href: `#${naming(page, { profile: one.profile })}` }, one.profile)))))
}
