// What stands in the page's address behind the #: the page's name, and what it is to open.

/** The name of the page. */
export function pageName(): string {
  return location.hash.slice(1).split("?")[0]!
}

/** What the page is to open, "" where nothing is named. */
export function given(name: string): string {
  return new URLSearchParams(location.hash.split("?")[1] ?? "").get(name) ?? ""
}

/** A page's name with what it is to open. */
export function naming(page: string, opens: Record<string, string>): string {
  return `${page}?${new URLSearchParams(opens)}`
}

/** Leaves the page's name only, so that showing the page again opens nothing anew. */
export function forgetGiven(): void {
  history.replaceState(null, "", `#${pageName()}`)
}
