// The folder's recordings and reports; one recording opened.

import { given } from "../address"
import { h } from "../dom"
import type { Page } from "../shell"
import { t } from "../text"
import { recordingList } from "./recordings/list"
import { openRecording } from "./recordings/recording"

export function recordingsPage(): Page {
  const file = given("file")
  const view = file ? openRecording(file) : recordingList()
  const element = h("main", { id: "content", class: "recordings" },
    h("h1", { class: file ? "" : "unseen" }, file || t("recordings")),
    file ? h("p", {}, h("a", { href: "#recordings" }, t("all_recordings"))) : null,
    view.element)
  return { element, leave: view.leave }
}
