// Builds what the wheel ships: one script, one style sheet and the page, in emgctl/studio/static.
import { build } from "esbuild"
import { copyFile, mkdir } from "node:fs/promises"

const out = process.argv[2] ?? "../emgctl/studio/static"
await mkdir(out, { recursive: true })
await build({
  entryPoints: { studio: "src/main.ts", style: "src/style.css" },
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  charset: "utf8",
})
await copyFile("src/index.html", `${out}/index.html`)
