// The safety state of a run, or of one of its inputs, in words.

import type { Message } from "./live"
import { t, type Key } from "./text"

export interface RunState { word: string; text: string; kind: "good" | "waits" | "bad"; mark: string }

export function runState({ cause, reason }: Message["state"]): RunState {
  const key = (cause === undefined ? "state_none" : `state_${cause || "fresh"}`) as Key
  const kind = cause === "" ? "good" : cause === "fault" || cause === "silence" || cause === "halt" ? "bad" : "waits"
  const mark = cause === "" ? "●" : cause === "waiting" || cause === "asleep" || cause === undefined ? "◌" : "■"
  return { word: t(key), text: `${t(key)}${reason && cause ? `: ${reason}` : ""}`, kind, mark }
}
