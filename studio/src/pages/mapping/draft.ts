// What a person has changed in a profile's mapping and not yet saved, with every step back and forth.

export type Action = { do: string; when?: string } & Record<string, any>
export type Mapping = Record<string, Action[]>
export type Shape = Record<string, any>
export interface Layer { mapping: Mapping; [option: string]: unknown }
export interface Content { mapping: Mapping; layers: Record<string, Layer>; axes: Record<string, Shape>; grips: Record<string, string>[] }

export interface Finding { place: (string | number)[]; text: string; kind: "problem" | "warning" }
export interface Field { type: string; choices: string[] | null; least?: number; most?: number; open: boolean; default: any; required: boolean }
export type Fields = Record<string, Field>
export interface Output {
  name: string
  kind: string
  controls: null | { buttons: string[]; axes: string[]; one_sided: string[] }
  grips: Record<string, Record<string, number>>
  gesture_grips: Record<string, string>
}
export interface Opened {
  profile: string
  hash: string
  mapping: Mapping
  layers: Record<string, Layer>
  axes: Record<string, Shape>
  gestures: string[]
  rest: string
  both: string // the co-contraction of a decoder of muscles, "" where there is none
  unchecked: string
  outputs: Output[]
  choices: { actions: Record<string, Fields>; when: Record<string, Fields>; shape: Fields }
  findings: Finding[]
}
export type Edit = { edit: string } & Record<string, unknown>

const MOST_STEPS = 200

export class Draft {
  base: Content
  content: Content
  private past: Content[] = []
  private future: Content[] = []

  constructor(opened: Opened) {
    this.base = contentOf(opened)
    this.content = structuredClone(this.base)
  }

  get canUndo(): boolean { return this.past.length > 0 }
  get canRedo(): boolean { return this.future.length > 0 }
  get isChanged(): boolean { return this.edits().length > 0 }

  /** Makes a change, which can be undone. */
  change(how: (content: Content) => void): void {
    const before = structuredClone(this.content)
    how(this.content)
    if (same(before, this.content)) return
    this.past = [...this.past, before].slice(-MOST_STEPS)
    this.future = []
  }

  undo(): void {
    const before = this.past.pop()
    if (!before) return
    this.future.push(this.content)
    this.content = before
  }

  redo(): void {
    const after = this.future.pop()
    if (!after) return
    this.past.push(this.content)
    this.content = after
  }

  /** The same changes in another version of the file. */
  rebase(opened: Opened): void {
    const edits = this.edits()
    this.base = contentOf(opened)
    this.content = structuredClone(this.base)
    this.past = this.future = []
    for (const edit of edits) make(this.content, edit)
  }

  /** What differs from the file, as the server makes it. */
  edits(): Edit[] {
    const { base, content } = this, edits: Edit[] = []
    for (const layer of new Set([...Object.keys(base.layers), ...Object.keys(content.layers)])) {
      const before = base.layers[layer], after = content.layers[layer]
      if (!after) edits.push({ edit: "layer", layer, content: null })
      else if (!before) edits.push({ edit: "layer", layer, content: after })
      else if (!same({ ...before, mapping: {} }, { ...after, mapping: {} })) edits.push({ edit: "layer", layer, content: { ...after, mapping: {} } })
      if (before && after) edits.push(...gestureEdits(layer, before.mapping, after.mapping))
    }
    edits.push(...gestureEdits("", base.mapping, content.mapping))
    for (const axis of changed(base.axes, content.axes)) edits.push({ edit: "axis", axis, shape: content.axes[axis] ?? null })
    content.grips.forEach((grips, output) => {
      for (const gesture of changed(base.grips[output] ?? {}, grips)) edits.push({ edit: "grip", output, gesture, grip: grips[gesture] ?? null })
    })
    return edits
  }
}

/** The mapping of a layer, or of the base (""). */
export function mappingOf(content: Content, layer: string): Mapping {
  return layer ? content.layers[layer]?.mapping ?? {} : content.mapping
}

function contentOf(opened: Opened): Content {
  const { mapping, layers, axes } = structuredClone(opened)
  return { mapping, layers, axes, grips: opened.outputs.map(one => ({ ...one.gesture_grips })) }
}

function gestureEdits(layer: string, before: Mapping, after: Mapping): Edit[] {
  return changed(before, after).map(gesture => ({ edit: "gesture", layer, gesture, actions: after[gesture] ?? null }))
}

function changed(before: Record<string, unknown>, after: Record<string, unknown>): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(key => !same(before[key], after[key]))
}

function make(content: Content, edit: any): void {
  const set = (section: Record<string, any>, key: string, value: any) => {
    if (value === null) delete section[key]
    else section[key] = value
  }
  if (edit.edit === "gesture") {
    if (!edit.layer || content.layers[edit.layer]) set(mappingOf(content, edit.layer), edit.gesture, edit.actions)
  } else if (edit.edit === "axis") set(content.axes, edit.axis, edit.shape)
  else if (edit.edit === "grip") set(content.grips[edit.output] ?? {}, edit.gesture, edit.grip)
  else if (edit.content === null || !content.layers[edit.layer]) set(content.layers, edit.layer, edit.content)
  else content.layers[edit.layer] = { ...edit.content, mapping: content.layers[edit.layer]!.mapping }
}

function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}
