/** Where the entries of a Bundle in memory stand, and what stands around them (its shell, with 0 for each run of entries). Decides nothing about either. */

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c

export interface EntrySpans {
  /** start and end of each entry object */
  readonly spans: readonly number[]
  readonly shell: string
  readonly runs: number
}

/** Cuts bytes[start, end). Brackets that do not match leave a shell that is not JSON. */
export function entrySpans(bytes: Uint8Array, start: number, end: number): EntrySpans {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const spans: number[] = []
  const shell: string[] = []
  let runs = 0
  let shellFrom = start
  let depth = 0
  let inEntries = false
  let entryKey = false
  let textFrom = start
  let textTo = start
  for (let i = start; i < end; i++) {
    const c = bytes[i] ?? 0
    if (c === QUOTE) {
      textFrom = i++
      while (i < end && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1
      textTo = i + 1
    } else if (c > 0x5a) {
      const bracket = c & 0xdf
      if (bracket === 0x5b) {
        if (depth === 1 && entryKey && c === 0x5b) inEntries = true
        else if (depth === 2 && inEntries) {
          const gap = buffer.toString('utf8', shellFrom, i)
          if (runs === 0 || gap.trim() !== ',') {
            shell.push(gap, '0')
            runs++
          }
          shellFrom = i
        }
        depth++
      } else if (bracket === 0x5d) {
        depth--
        if (depth === 2 && inEntries) {
          spans.push(shellFrom, i + 1)
          shellFrom = i + 1
        } else if (depth === 1) inEntries = false
      }
    } else if (depth === 1 && c === COLON) entryKey = textTo - textFrom === 7 && buffer.toString('latin1', textFrom, textTo) === '"entry"'
    else if (depth === 1 && c === COMMA) entryKey = false
  }
  shell.push(buffer.toString('utf8', shellFrom, end))
  return { spans, shell: shell.join(''), runs }
}
