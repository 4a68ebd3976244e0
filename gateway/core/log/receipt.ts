/**
 * A receipt as text (C2SP tlog-proof): index, inclusion proof, and the checkpoint as the log signed it. Decides how it is
 * written and read. Refuses other headings, and proofs longer than a 64-bit tree can have; whether it proves anything is for
 * seal/verify/ and proofs.ts to say. Extra data is nobody's word (the format says so): in a receipt that goes alone it is the entry's own bytes,
 * which the proof then binds.
 */
import { base64Of, parseSize } from './checkpoint.ts'

export interface Receipt {
  readonly index: bigint
  /** the bytes of the entry, where the receipt brings them along */
  readonly entry?: Buffer
  readonly proof: readonly Buffer[]
  /** The checkpoint, a signed note, verbatim. */
  readonly checkpoint: string
}

const HEADING = 'c2sp.org/tlog-proof@v1'
const EXTRA = 'extra '
const MAX_PROOF = 64

export function receiptText(receipt: Receipt): string {
  const hashes = receipt.proof.map((hash) => `${hash.toString('base64')}\n`).join('')
  const extra = receipt.entry === undefined ? '' : `${EXTRA}${receipt.entry.toString('base64')}\n`
  return `${HEADING}\n${extra}index ${receipt.index}\n${hashes}\n${receipt.checkpoint}`
}

/** The receipt a text holds, or null when it is not one. */
export function parseReceipt(text: string): Receipt | null {
  const blank = text.indexOf('\n\n')
  if (blank < 0) return null
  const [heading, ...lines] = text.slice(0, blank).split('\n')
  const entry = lines[0]?.startsWith(EXTRA) === true ? base64Of(lines[0].slice(EXTRA.length), null) : null
  if (entry !== null) lines.shift()
  const [indexLine, ...rest] = lines
  if (heading !== HEADING || indexLine === undefined || !indexLine.startsWith('index ') || rest.length > MAX_PROOF) return null
  const index = parseSize(indexLine.slice('index '.length))
  const proof: Buffer[] = []
  for (const line of rest) {
    const hash = base64Of(line, 32)
    if (hash === null) return null
    proof.push(hash)
  }
  return index === null ? null : { index, ...(entry === null ? {} : { entry }), proof, checkpoint: text.slice(blank + 2) }
}
