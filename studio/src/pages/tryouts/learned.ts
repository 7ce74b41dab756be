// What a game's recording did to the model, in words, and how to go back.

import { remedy } from "../../copyable"
import { h, type Child } from "../../dom"
import type { TryOut } from "../../live"
import { t } from "../../text"

/** How the learning from a game goes, or went; nothing where the player did not want it. */
export function learned(found: TryOut, profile: string): Child[] {
  if (found.recording_problem) return [h("p", { class: "problem" }, `✗ ${t("to_not_recorded")} ${found.recording_problem}`)]
  const now = found.learning
  if (!now) return []
  if (now.phase === "failed") return [h("p", {}, h("strong", {}, t("to_learned_nothing"))), ...(now.failure ?? []).map(text => h("p", {}, text))]
  if (now.phase !== "done") return [h("p", {}, `◌ ${t("to_learning")}`)]
  const { share, before, replaced } = now.result ?? {}, percent = (value: number) => Math.round(100 * value)
  const compared = share == null ? "" : before == null ? t("to_share_now", percent(share)) : t("to_share_both", percent(before), percent(share))
  if (!replaced) return [h("p", {}, h("strong", {}, t("to_model_stays"))), h("p", {}, compared)]
  return [
    h("p", { class: "good" }, h("strong", {}, `✓ ${t("to_learned")}`)), h("p", {}, compared), h("p", {}, t("to_from_next")),
    h("p", {}, `${t("to_go_back")} `, remedy(`run: emgctl calibrate --profile ${/^[\w./-]+$/.test(profile) ? profile : `"${profile}"`} --rollback`))]
}

/** When what is shown changes. */
export function learnedKey({ learning, recording_problem }: TryOut): string {
  return JSON.stringify([recording_problem, learning?.phase, learning?.result, learning?.failure])
}
