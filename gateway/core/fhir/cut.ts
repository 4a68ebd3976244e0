/**
 * Cuts a body into parts of about 1 MiB for worker threads. Decides by the first bytes what the body is: NDJSON (resources or whole Bundles, one a
 * line), one JSON document up to the Bundle limit (pretty-printed or not: one part of one "line"), or a Bundle larger than that (its entries, streamed).
 * A byte order mark and CRLF are tolerated. Looks at brackets and quotes only; a bad record is left for the reader to refuse by its line.
 */
import { RequestError } from '../errors.ts'
import { Beginning, type Shape } from './cut-beginning.ts'
import { EntryCutter } from './cut-entries.ts'
import { LineCutter } from './cut-lines.ts'
import type { CutLimits, Part } from './cut-shapes.ts'
import { screen } from './screen.ts'

export type { CutLimits, Part } from './cut-shapes.ts'

export interface Cutter {
  /** Takes bytes; returns the parts they complete. RequestError not-json, not-fhir, line-too-long for what a single document gets wrong around its entries. */
  push(chunk: Uint8Array): Part[]
  /** The last parts. RequestError truncated when a document ends early, empty-body when there was nothing. */
  end(): Part[]
}

export function createCutter(limits: CutLimits): Cutter {
  return new BodyCutter(limits)
}

/** A state: takes bytes, returns bytes left over for a new start, or null. */
type Stage = Beginning | LineCutter | EntryCutter

class BodyCutter implements Cutter {
  readonly #limits: CutLimits
  #stage: Stage
  #records = 0
  #documents = 0

  constructor(limits: CutLimits) {
    this.#limits = limits
    this.#stage = new Beginning(limits.bundleBytes)
  }

  push(chunk: Uint8Array): Part[] {
    const out: Part[] = []
    let rest: Uint8Array | null = chunk
    while (rest !== null && rest.length > 0) rest = this.#step(rest, out)
    this.#count(out)
    return out
  }

  end(): Part[] {
    const out: Part[] = []
    if (this.#stage instanceof Beginning) this.#settle(this.#stage, this.#stage.atEnd(), out)
    if (this.#stage instanceof EntryCutter) throw new RequestError('truncated')
    if (this.#stage instanceof LineCutter) this.#stage.end(out, (bytes) => bytes[0] === 0x7b && screen(bytes, 0, bytes.length, 64).unended)
    this.#count(out)
    if (this.#records === 0) throw new RequestError('empty-body')
    return out
  }

  #step(chunk: Uint8Array, out: Part[]): Uint8Array | null {
    const stage = this.#stage
    if (stage instanceof LineCutter) {
      stage.push(chunk, out)
      return null
    }
    if (stage instanceof EntryCutter) return this.#orAnew(stage.push(chunk, out))
    const shape = stage.push(chunk)
    return shape === 'unknown' ? null : this.#settle(stage, shape, out)
  }

  /** Behind the end of a document the body begins anew. */
  #orAnew(rest: Uint8Array | null): Uint8Array | null {
    if (rest !== null) this.#stage = new Beginning(this.#limits.bundleBytes)
    return rest
  }

  /** Hands what the beginning held to the stage that its shape asks for. Returns what is left for a new beginning, or null. */
  #settle(stage: Beginning, shape: Shape, out: Part[]): Uint8Array | null {
    const held = stage.held()
    if (shape === 'document') {
      const line = ++this.#documents
      out.push({ kind: 'lines', firstLine: line, bytes: held, offsets: Uint32Array.of(0, held.length), rejects: [] })
      return this.#orAnew(stage.rest())
    }
    if (shape === 'large') {
      const entries = new EntryCutter(this.#limits, 1)
      const rest = beginBundle(entries, held, out)
      if (rest !== 'no-bundle') {
        this.#stage = entries
        return this.#orAnew(rest)
      }
      if (stage.spansLines) throw new RequestError('line-too-long')
    }
    const lines = new LineCutter(this.#limits, this.#documents + 1 + stage.blankLines)
    lines.push(held, out)
    this.#stage = lines
    return null
  }

  #count(out: readonly Part[]): void {
    for (const part of out) {
      for (let i = 0; i < part.offsets.length; i += 2) if ((part.offsets[i + 1] ?? 0) > (part.offsets[i] ?? 0)) this.#records++
      this.#records += part.rejects.length
    }
  }
}

/** Gives the cutter the first bytes; what it left over, or 'no-bundle' when they are not the beginning of a Bundle with entries. */
function beginBundle(cutter: EntryCutter, held: Uint8Array, out: Part[]): Uint8Array | null | 'no-bundle' {
  const parts: Part[] = []
  try {
    const rest = cutter.push(held, parts)
    if (!cutter.looksLikeBundle) return 'no-bundle'
    out.push(...parts)
    return rest
  } catch (error) {
    if (cutter.looksLikeBundle) throw error
    return 'no-bundle' // much text and no entry: some other record, too long
  }
}
