// Runs the page's script (argv: its file, the server's address) with as much of a browser as it needs; each line on
// stdin is the id of a button to click, each line on stdout what the page shows, whenever that changes.
const { readFileSync } = require("node:fs")
const elements = {}
const element = id => (elements[id] ??= { id, textContent: "", className: "", dataset: {}, children: [],
  replaceChildren(...given) { this.children = given } })
globalThis.document = { body: element("body"), getElementById: element, createElement: () => element(Symbol("new")) }
const reach = globalThis.fetch
globalThis.fetch = (path, options) => reach(process.argv[3] + path, options)
eval(readFileSync(process.argv[2], "utf8"))
require("node:readline").createInterface({ input: process.stdin }).on("line", id => element(id).onclick())
let before = ""
setInterval(() => {
  const shown = Object.fromEntries(["answer", "link", "state", "why", "label"].map(id => [id, element(id).textContent]))
  shown.outputs = element("outputs").children.map(one => one.textContent)
  shown.body = element("body").className
  shown.bad = element("answer").className
  const line = JSON.stringify(shown)
  if (line !== before) console.log((before = line))
}, 10)
