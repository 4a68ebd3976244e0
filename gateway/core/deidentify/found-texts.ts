/**
 * What was covered in the texts of a subject's records, for a side report: of which record, at which element, where and of what class. Holds what stands
 * there now, never what stood there; of a record or a text that does not leave nothing is told.
 */
import type { ScrubText } from '../scrub/outside.ts'
import type { Finding } from '../scrub/span.ts'

export interface FoundText {
  /** of the record, in the subject's records */
  readonly index: number
  readonly path: string
  /** which text of that path in the record, from 0 on */
  readonly text: number
  /** in the text as it came; of markup and attachments in the text that a reader sees */
  readonly findings: readonly Finding[]
}

export interface FoundTexts {
  /** The texts that follow are those of this record. */
  begin(this: void, index: number): void
  /** The record does not leave. */
  drop(this: void): void
  /** The same scrubber; `keep` tells that what it made of a value of this path leaves. */
  listen(this: void, path: string, scrubText: ScrubText): { readonly scrubText: ScrubText; readonly keep: () => void }
  readonly all: readonly FoundText[]
}

export function createFoundTexts(): FoundTexts {
  const all: FoundText[] = []
  const seen = new Map<string, number>()
  let index = 0
  let first = 0
  const keep = (path: string, texts: readonly (readonly Finding[])[]): void => {
    for (const findings of texts) {
      const text = seen.get(path) ?? 0
      seen.set(path, text + 1)
      if (findings.length > 0) all.push({ index, path, text, findings })
    }
  }
  return {
    all,
    begin(next) {
      index = next
      first = all.length
      seen.clear()
    },
    drop() {
      all.length = first
    },
    listen(path, scrubText) {
      const texts: (readonly Finding[])[] = []
      return {
        keep: () => keep(path, texts),
        scrubText(text) {
          const made = scrubText(text)
          if (made !== null) texts.push(made.findings)
          return made
        }
      }
    }
  }
}
