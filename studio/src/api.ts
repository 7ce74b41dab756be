// Requests to the server, which answers with JSON, or with a problem in a sentence.

/** A problem in a sentence; ``running`` is the profile that runs where that is the reason. */
export class Problem extends Error {
  constructor(text: string, readonly running = "") {
    super(text)
  }
}

async function call(path: string, options: RequestInit, timeout_ms: number): Promise<any> {
  let response: Response
  try {
    response = await fetch(`/api/${path}`, { ...options, signal: AbortSignal.timeout(timeout_ms) })
  } catch {
    throw new Problem("connection")
  }
  const text = await response.text()
  let found: any = null
  try {
    found = JSON.parse(text)
  } catch { /* a sentence */ }
  if (!response.ok) throw new Problem(found?.problem ?? text.trim(), found?.running)
  return found
}

export const get = (path: string, timeout_ms = 30_000) => call(path, {}, timeout_ms)

export const post = (path: string, body: object = {}, timeout_ms = 10_000) =>
  call(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }, timeout_ms)
