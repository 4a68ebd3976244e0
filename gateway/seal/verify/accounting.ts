/**
 * An accounting of disclosures in JSON, checked without the gateway: each line from the row of its subject to a signed checkpoint, and what the line says against
 * what was proved. Decides from its text alone. Refuses a second spelling, rows that nothing bears out, and a line in the wrong class or outside the period.
 * Names and addresses of parties, the basis, when it was fetched and when it was found impermissible are the hospital's word.
 */
import { ACCOUNTING, type Line } from '../../core/accounting/accounting.ts'
import { groundOf } from '../../core/accounting/grounds.ts'
import { readRow, rowLeaf } from '../../core/accounting/row.ts'
import { canonicalJson, type Json } from '../../core/digest.ts'
import { base64Of } from '../../core/log/checkpoint.ts'
import { commitmentOfText, leafBytes, SALT_BYTES } from '../../core/log/leaf.ts'
import { type Checked, notProved, proved } from '../../core/log/proof-fault.ts'
import { verifyInclusion } from '../../core/log/proofs.ts'
import type { NoteVerifier } from '../note.ts'
import { exactly, type Members, strictJson } from './json.ts'
import { checkReceipt } from './proof.ts'

export interface AccountingFound {
  readonly source: string
  /** when it was made: the hospital's word */
  readonly at: string
  readonly required: number
  readonly voluntary: number
  /** of the log; null where no disclosure is listed, and so nothing was proved */
  readonly origin: string | null
}

const HEAD = ['accounting', 'at', 'source', 'patient', 'period', 'scope', 'required', 'voluntary', 'expired']
const LINE = ['dataset', 'at', 'fetched', 'recipient', 'mode', 'purposeOfUse', 'basis', 'subject', 'incident', 'proof', 'ground']
const PROOF = ['index', 'receipt', 'statement', 'salt', 'row', 'position', 'size', 'proof']
const PARTY = ['id', 'name', 'address']
const ROOT = /^sha256:[0-9a-f]{64}$/
/** More than any tree has levels. */
const MAX_HASHES = 64

type Fault = ReturnType<typeof notProved>
type Listed = 'required' | 'voluntary'

interface Head {
  readonly source: string
  readonly at: string
  readonly from: string
  readonly to: string
  readonly lines: readonly { readonly value: unknown; readonly listed: Listed }[]
}

/** What an accounting proves: every line, or the first that is not proved. */
export function checkAccounting(text: string, verifiers: readonly NoteVerifier[]): Checked<AccountingFound> {
  const head = headOf(exactly(strictJson(text), HEAD))
  if (head === null) return notProved('format', 'the accounting')
  let origin: string | null = null
  for (const [n, { value, listed }] of head.lines.entries()) {
    const checked = checkLine(value, { head, listed, verifiers })
    if (!checked.ok) return notProved(checked.failed, `disclosure ${n + 1} of ${head.lines.length}, ${checked.where}`)
    origin = checked.found
  }
  const counted = (which: Listed): number => head.lines.filter(({ listed }) => listed === which).length
  return proved({ source: head.source, at: head.at, required: counted('required'), voluntary: counted('voluntary'), origin })
}

function headOf(members: Members | null): Head | null {
  const source = exactly(members?.['source'], PARTY)?.['id']
  const period = exactly(members?.['period'], ['from', 'to'])
  const [from, to] = [period?.['from'], period?.['to']]
  const required = linesIn(members?.['required'], 'required')
  const voluntary = linesIn(members?.['voluntary'], 'voluntary')
  if (members === null || members['accounting'] !== ACCOUNTING || required === null || voluntary === null) return null
  const { at, scope } = members
  if (typeof source !== 'string' || typeof at !== 'string' || typeof from !== 'string' || typeof to !== 'string') return null
  if (scope !== 'all' && (scope !== 'required' || voluntary.length > 0)) return null
  return { source, at, from, to, lines: [...required, ...voluntary] }
}

/** The lines of entries, each the first of its kind and the others it sums up. */
function linesIn(value: unknown, listed: Listed): Head['lines'] | null {
  if (!Array.isArray(value)) return null
  const entries = value.map((entry: unknown) => exactly(entry, ['first', 'others']))
  const lines = entries.map((entry) => (Array.isArray(entry?.['others']) ? [entry['first'], ...(entry['others'] as unknown[])] : null))
  return lines.every((line) => line !== null) ? lines.flat().map((line) => ({ value: line, listed })) : null
}

interface Place {
  readonly head: Head
  readonly listed: Listed
  readonly verifiers: readonly NoteVerifier[]
}

/** The origin of the log that holds it. */
function checkLine(value: unknown, place: Place): Checked<string> {
  const line = exactly(value, LINE)
  const proof = proofIn(line?.['proof'])
  if (line === null || proof === null) return notProved('format', 'the line')
  const statement = strictJson(proof.statement)
  const { kind, at } = Object(statement) as Members // anything else has neither
  if (kind !== 'dataset-released' || typeof at !== 'string') return notProved('format', 'the statement')
  const entry = leafBytes({ at, kind, commitment: commitmentOfText(proof.salt, proof.statement) })
  const included = checkReceipt(proof.receipt, entry, place.verifiers)
  if (!included.ok) return included
  if (included.found.index !== BigInt(proof.index)) return notProved('inclusion', `entry ${proof.index}`)
  return (
    rowFault(proof, statement as Members) ?? saidFault(line, proof, statement as Members, place) ?? proved(included.found.checkpoint.origin)
  )
}

interface Proof {
  readonly index: number
  readonly receipt: string
  readonly statement: string
  readonly salt: Buffer
  readonly row: Buffer
  readonly position: number
  readonly size: number
  readonly hashes: readonly Buffer[]
}

function isPlace(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function bytesOf(value: unknown, length: number | null): Buffer | null {
  return typeof value === 'string' ? base64Of(value, length) : null
}

function proofIn(value: unknown): Proof | null {
  const members = exactly(value, PROOF)
  if (members === null) return null
  const { index, receipt, statement, position, size } = members
  if (typeof receipt !== 'string' || typeof statement !== 'string' || !isPlace(index) || !isPlace(position) || !isPlace(size)) return null
  const [salt, row] = [bytesOf(members['salt'], SALT_BYTES), bytesOf(members['row'], null)]
  const listed = Array.isArray(members['proof']) && members['proof'].length <= MAX_HASHES ? members['proof'] : [null]
  const hashes = listed.map((hash: unknown) => bytesOf(hash, 32))
  if (salt === null || row === null || !hashes.every((hash) => hash !== null)) return null
  return { index, receipt, statement, salt, row, position, size, hashes }
}

/** Is the row one of those that the statement commits to? */
function rowFault({ row, position, size, hashes }: Proof, { subjects, subjectsRoot }: Members): Fault | null {
  const released = (Object(subjects) as Members)['released']
  const root = typeof subjectsRoot === 'string' && ROOT.test(subjectsRoot) ? Buffer.from(subjectsRoot.slice('sha256:'.length), 'hex') : null
  if (root === null || released !== size || position >= size) return notProved('inclusion', 'the place of the row')
  const held = verifyInclusion({ index: BigInt(position), size: BigInt(size), leaf: rowLeaf(row), proof: hashes, root })
  return held ? null : notProved('inclusion', 'the row')
}

/** Does the line say what its statement and its row say, in the class that the rule gives it, within the period? */
function saidFault(line: Members, { row }: Proof, statement: Members, { head, listed }: Place): Fault | null {
  const subject = readRow(row)
  if (subject === null) return notProved('format', 'the row')
  const recipient = exactly(line['recipient'], PARTY)
  const { mode, purposeOfUse, at, incident } = line as unknown as Line // compared with what is proved, member by member, on the next lines
  const same = [
    [line['dataset'], statement['dataset']],
    [at, statement['at']],
    [recipient?.['id'], statement['recipient']],
    [mode, statement['mode']],
    [purposeOfUse, statement['purposeOfUse']],
    [head.source, statement['source']]
  ].every(([said, is]) => typeof said === 'string' && said === is)
  if (!same || !isSame(line['subject'], subject as unknown as Json)) return notProved('commitment', 'what the line says')
  const ground = groundOf({ mode, purposeOfUse, incident: typeof incident === 'string' ? incident : null })
  const placed = (ground.class === 'accountable') === (listed === 'required') && at >= head.from && at < head.to
  return placed && isSame(line['ground'], ground as unknown as Json) ? null : notProved('commitment', 'the class or the day of the line')
}

/** The same JSON, whatever the order of members. */
function isSame(said: unknown, is: Json): boolean {
  return typeof said === 'object' && said !== null && canonicalJson(said as Json) === canonicalJson(is) // it came from JSON.parse
}
