// The live connection: what runs, and the last seconds of its signal. It connects again by itself.

import { t } from "./text"

export interface Output { state: string; is_there: boolean; since_s: number; last_error: string; doing: string }

/** What became of the newest content of the running profile's file, which has this hash. */
export interface ProfileState { state: "in effect" | "waiting" | "refused"; sha256: string; reasons: string[]; reloads: number }

export interface Prediction {
  label?: string
  confidence: number | null
  intensity: number | null
  rejected?: boolean
  probabilities?: Record<string, number>
  levels?: Record<string, number> // of single muscles
  fingers?: Record<string, number>
}

/** What a calibration measured of a muscle, in the signal's unit; the threshold is a share of the strong effort. */
export interface Muscle { name: string; electrode: number; rest: number; strong: number; threshold: number; active_from: number }

export interface Calibration {
  phase: "opening" | "ready" | "recording" | "learning" | "done" | "failed" | "stopped"
  kind?: string
  profile?: string
  step?: { number: number; label: string; seconds: number; repetition: number; how: string; rest: boolean }
  script?: string[]
  can_repeat?: boolean
  left_s?: number
  level?: number
  fingers?: Record<string, number>
  warnings?: { number: number; label: string; text: string }[]
  notes?: string[]
  lost?: string
  progress?: { what: string; done: number; total: number }
  failure?: string[]
  begun?: boolean
  result?: null | { share?: number | null; labels?: string[]; confusion?: number[][]; advice?: string[]; replaced?: boolean; gestures?: string[]; before?: number | null; muscles?: Muscle[]; unit?: string }
}

export interface TryOut {
  test: "reaction" | "targets" | "game"
  phase: "rest" | "waiting" | "cue" | "moving" | "gate" | "stopped" | "done"
  done: number
  of: number
  cue?: string
  last?: null | { cue: string; made: string; time_s: number | null }
  false_activations?: number
  one_sided?: boolean
  cursor?: number[]
  target?: number[]
  width?: number
  held?: number
  fallen?: number
  is_open?: boolean
  points?: number
  series?: number
  result?: Result
  recorded?: boolean
  recording_problem?: string
  learning?: Calibration
  saved?: string
  problem?: string
}

export interface Result {
  trials?: number
  right?: number
  wrong?: number
  missed: number
  median_s?: number | null
  p90_s?: number | null
  false_activations?: number
  waited_s?: number
  axes?: string[]
  control?: string
  selected?: number
  throughput?: number | null
  path_efficiency?: number | null
  overshoots?: number | null
  seconds?: number
  points?: number
  gates?: number
  opened?: number
  share?: number | null
  mean_s?: number | null
  longest_series?: number
  gestures?: Record<string, { gates: number; opened: number }>
  conditions?: { id_bits: number; selected: number; missed: number; time_s?: number; throughput?: number | null; effective_width?: number | null }[]
}

/** What an input does now; a run of one has one of them. */
export interface InputState {
  run: null | { profile: string; user: string; channels: number; rate_hz: number; unit: string; grid: [number, number] | null; labels: string[]; rest: string; calibration?: boolean }
  state: {
    time_s?: number | null
    reason?: string
    cause?: string
    axes?: Record<string, number>
    buttons?: string[]
    joints?: Record<string, number>
    layer?: string
    prediction?: Prediction | null
  }
  figures: {
    latency_us?: { p50: number | null; p99: number | null }
    samples_lost?: number
    gaps?: number
    signal_s?: number
    bad_electrodes?: Record<string, string>
    outputs?: Record<string, Output>
    profile?: ProfileState
    state?: string
  }
}

export interface Message extends InputState {
  profile: string
  input: string // the one of several that is shown
  inputs: Record<string, InputState> // each of several
  ended: null | { status: number; messages: string[] }
  calibration: null | Calibration
  tryout: null | TryOut
  strength: number[]
  columns_hz: number
  quality?: string[]
  spectrum?: Spectrum
}

export interface Spectrum { channel: number; hz: number[]; db: number[] }

/** What was decided from a time (ms of the page) on; no label where nothing was. */
export interface Decision { from: number; label: string; unsure: boolean }

/** The decisions of the last seconds, of which this is the newest. */
function noted(decisions: Decision[], prediction: Prediction | null | undefined): Decision[] {
  const { label = "", rejected: unsure = false } = prediction ?? {}, last = decisions.at(-1), now = performance.now()
  if (last?.label !== label || last.unsure !== unsure) decisions.push({ from: now, label, unsure })
  while (decisions.length > 1 && decisions[1]!.from < now - 1000 * KEPT_S) decisions.shift()
  return decisions
}

export const KEPT_S = 5
const AGAIN_MS = 500
const LOST_MS = 4000 // without a word from the studio, which sends one each second

/** The newest columns (smallest and largest sample) of every channel, in a ring. */
export class Signal {
  count = 0
  readonly capacity: number
  readonly values: Float32Array

  constructor(readonly channels: number, readonly hz: number) {
    this.capacity = Math.ceil(KEPT_S * hz)
    this.values = new Float32Array(this.capacity * channels * 2)
  }

  add(first: number, columns: Float32Array): void {
    const width = this.channels * 2
    if (first < this.count) this.count = 0
    for (let at = 0; at < columns.length / width; at++)
      this.values.set(columns.subarray(at * width, (at + 1) * width), ((first + at) % this.capacity) * width)
    this.count = first + columns.length / width
  }
}

/** What inputs drive together. */
export function drivenBy(inputs: InputState[]): { axes: Record<string, number>; buttons: string[]; joints: Record<string, number>; words: string[] } {
  const states = inputs.map(one => one.state)
  const axes = Object.assign({}, ...states.map(one => one.axes)), joints = Object.assign({}, ...states.map(one => one.joints))
  const buttons = states.flatMap(one => one.buttons ?? []), layers = states.flatMap(one => (one.layer ? [t("layer", one.layer)] : []))
  const moved = [...Object.entries<number>(axes), ...Object.entries<number>(joints)].filter(([, value]) => value)
  return { axes, buttons, joints, words: [...layers, ...buttons, ...moved.map(([name, value]) => `${name} ${value.toFixed(2)}`)] }
}

export class Live {
  message: Message | null = null
  inputs: [string, InputState][] = [] // by their names; one without a name where there is only one
  quality: string[] = []
  spectrum: Spectrum | null = null
  signal: Signal | null = null
  lostSince: Date | null = null
  isRefused = false // the studio was started again, and does not recognize this browser
  private socket: WebSocket | null = null
  private listeners = new Set<() => void>()
  private heardAt = Date.now()
  private chosen = ""
  private decided = new Map<string, Decision[]>()

  constructor() {
    this.connect()
    setInterval(() => this.checkSilence(), AGAIN_MS)
  }

  /** Calls a listener at each change, until the returned function is called. */
  listen(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  get isRunning(): boolean {
    return this.inputs.some(([, one]) => one.run) && !this.message?.ended
  }

  /** The input that is shown. */
  get input(): string {
    return this.inputs.some(([name]) => name === this.chosen) ? this.chosen : this.inputs[0]?.[0] ?? ""
  }

  /** The decisions of the last seconds. */
  get decisions(): Decision[] {
    return this.decided.get(this.input) ?? []
  }

  /** The outputs of all inputs; of a shared one, the state at an input that it is lost to. */
  get outputs(): Record<string, Output> {
    const found: Record<string, Output> = {}
    for (const [, { figures }] of this.inputs)
      for (const [name, one] of Object.entries(figures.outputs ?? {})) if (!found[name] || !one.is_there) found[name] = one
    return found
  }

  /** Whether what runs is a calibration, which drives nothing. */
  get isCalibrating(): boolean {
    return this.isRunning && Boolean(this.message?.run?.calibration)
  }

  /** Asks for the spectrum of a channel, counted from 0. */
  choose(channel: number): void {
    this.ask({ channel })
  }

  /** Shows another one of several inputs. */
  showInput(name: string): void {
    this.chosen = name
    this.ask({ input: name })
    this.tell()
  }

  private ask(what: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(what))
  }

  private connect(): void {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/live`)
    this.socket = socket
    this.heardAt = Date.now()
    socket.binaryType = "arraybuffer"
    socket.onmessage = ({ data }) => {
      if (socket !== this.socket) return
      this.heardAt = Date.now()
      this.lostSince = null
      this.isRefused = false
      if (typeof data === "string") this.take(JSON.parse(data))
      else this.draw(data)
    }
    socket.onopen = () => { if (this.chosen) this.ask({ input: this.chosen }) }
    socket.onclose = () => { if (socket === this.socket) this.lose() }
  }

  private lose(): void {
    this.socket = null
    this.lostSince ??= new Date()
    this.tell()
    setTimeout(() => void this.again(), AGAIN_MS)
  }

  /** Connects again; a refusal has to be asked for, as a web socket gives no reason. */
  private async again(): Promise<void> {
    try {
      this.isRefused = (await fetch("/", { method: "HEAD", signal: AbortSignal.timeout(LOST_MS) })).status === 401
    } catch { /* the studio is not there */ }
    this.tell()
    this.connect()
  }

  /** Closes a connection on which nothing arrives: the network was cut, or the studio hangs. */
  private checkSilence(): void {
    const socket = this.socket
    if (!socket || Date.now() - this.heardAt < LOST_MS) return
    this.lose()
    socket.close()
  }

  private take(message: Message): void {
    if (!message.run || message.input !== this.message?.input) this.signal = null
    this.message = message
    this.inputs = Object.entries(Object.keys(message.inputs).length ? message.inputs : { "": message })
    if (message.quality) this.quality = message.quality
    if (message.spectrum) this.spectrum = message.spectrum
    if (!message.ended) this.decided = new Map(this.inputs.map(([name, one]) => [name, one.run ? noted(this.decided.get(name) ?? [], one.state.prediction) : []]))
    this.tell()
  }

  private draw(data: ArrayBuffer): void {
    const [, first = 0, , channels = 1] = new Uint32Array(data, 0, 4)
    const hz = this.message?.columns_hz || 200
    if (this.signal?.channels !== channels || this.signal.hz !== hz) this.signal = new Signal(channels, hz)
    this.signal.add(first, new Float32Array(data, 16))
  }

  private tell(): void {
    for (const listener of this.listeners) listener()
  }
}
