/**
 * Two passes over records that are presented and not kept: read, validate and group by subject; then whatever the caller does, subject by subject. What does not
 * fit into memory waits sealed under a key of this run, in a file without a name. Decides nothing; refuses records as an upload's are refused, by line and code.
 */
import { randomBytes } from 'node:crypto'
import type { SourceText } from '../../core/deidentify/subject.ts'
import type { Code } from '../../core/errors.ts'
import { type CutLimits, createCutter, type Part } from '../../core/fhir/cut.ts'
import { isExact, parseExact } from '../../core/fhir/exact.ts'
import { type KeptRecord, namesOf, type PartReader, type ReadLimits, readPart } from '../../core/fhir/part.ts'
import type { Identity, Resource } from '../../core/fhir/resource.ts'
import { Spool } from './spool.ts'

export interface RunLimits extends ReadLimits, CutLimits {
  /** bytes of records that may wait in memory */
  readonly memoryBytes: number
}

/** Whose records these are taken to be, and within which bounds. */
export interface Passing {
  readonly ownBases: readonly string[]
  readonly limits: RunLimits
}

/** received = released + withheld + rejected. */
export interface Outcome {
  received: number
  released: number
  readonly withheld: Record<string, number>
  readonly rejected: Record<string, number>
  /** Where, by which code; never what. The first thousand. */
  readonly issues: {
    readonly line: number
    readonly path: string
    readonly code: Code
  }[]
  readonly byType: Record<string, number>
  /** Texts and attachments that did not leave, by `path reason`. */
  readonly refusedTexts: Record<string, number>
  subjects: number
  /** Subjects of each risk class at level 0. */
  readonly classes: Map<string, number>
  spilled: boolean
  /** Aggregate-only: what was made out of records that stay, and how many of its numbers of stays and readmissions are told. */
  readonly counted?: { readonly reports: number; readonly told: number; readonly hidden: number }
}

const PARTY = 'local'
const MOST_ISSUES = 1000

/** Where a record was read. */
export interface Source extends SourceText {
  readonly line: number
  readonly within: string
}

/** The records of one subject, or the shared ones: of a record sent twice the last counts. */
export interface Waiting {
  readonly subject: Identity | null
  readonly records: Map<string, Source>
  /** copies of its Patient that later ones replaced */
  readonly replaced: SourceText[]
}

/** What is done with a group in the second pass; `secret` is of this run. */
export type EachGroup = (key: string, group: Waiting, secret: Uint8Array, outcome: Outcome) => Promise<void>

/** The two passes, whatever is done in the second. Throws RequestError for a body that cannot be read at all. */
export async function runPasses(order: Passing, chunks: AsyncIterable<Uint8Array>, each: EachGroup): Promise<Outcome> {
  const outcome: Outcome = {
    received: 0,
    released: 0,
    withheld: {},
    rejected: {},
    issues: [],
    byType: {},
    refusedTexts: {},
    subjects: 0,
    classes: new Map(),
    spilled: false
  }
  const spool = new Spool(order.limits.memoryBytes)
  try {
    await readAll(order, chunks, spool, outcome)
    const secret = randomBytes(32)
    for await (const lines of spool.buckets()) await groupBucket(lines, outcome, (key, group) => each(key, group, secret, outcome))
    outcome.spilled = spool.spilled
  } finally {
    await spool.close()
  }
  return outcome
}

/** Pass one. Entries of a Bundle too large for one go wait until all its names are known. */
async function readAll(order: Passing, chunks: AsyncIterable<Uint8Array>, spool: Spool, outcome: Outcome): Promise<void> {
  const { limits } = order
  const cutter = createCutter(limits)
  const entries: Part[] = []
  const names = new Map<string, string>()
  const take = async (parts: readonly Part[]): Promise<void> => {
    for (const part of parts) {
      for (const reject of part.rejects) refuse(outcome, reject.line, '', reject.code)
      if (part.kind === 'lines') await readOne(order, part, names, spool, outcome)
      else {
        for (const [name, type] of namesOf(part, limits)) names.set(name, type)
        entries.push(part)
      }
    }
  }
  for await (const chunk of chunks) await take(cutter.push(chunk))
  await take(cutter.end())
  for (const part of entries) await readOne(order, part, names, spool, outcome)
}

async function readOne(order: Passing, part: Part, names: ReadonlyMap<string, string>, spool: Spool, outcome: Outcome): Promise<void> {
  const kept: KeptRecord[] = []
  const reader: PartReader = {
    keep: (record) => kept.push(record),
    refuse: ({ line, path, code }) => refuse(outcome, line, path, code)
  }
  readPart(part, order.limits, { party: PARTY, ownBases: order.ownBases }, (name) => names.get(name), reader)
  for (const record of kept) {
    outcome.received++
    const subject = record.belonging.of === 'subject' ? record.belonging.subject : null
    const { base, type, id } = record.identity
    // raw line ends stand only between the tokens of a JSON text, never inside a string
    const text = record.text.replaceAll(/[\r\n]+/g, ' ')
    await spool.add(
      subjectKey(subject),
      `${JSON.stringify([subjectKey(subject), subject?.base ?? '', subject?.id ?? '', base, type, id, record.line, record.within])}\t${text}`
    )
  }
}

function refuse(outcome: Outcome, line: number, path: string, code: Code): void {
  outcome.received++
  outcome.rejected[code] = (outcome.rejected[code] ?? 0) + 1
  if (outcome.issues.length < MOST_ISSUES) outcome.issues.push({ line, path, code })
}

function subjectKey(subject: Identity | null): string {
  return subject === null ? '' : JSON.stringify([subject.base, subject.id])
}

/** What stands before a record that waits: its subject's key, base and id, its own base, type and id, its line and where in it. */
type Waits = [key: string, subjectBase: string, subjectId: string, base: string, type: string, id: string, line: number, within: string]

/** Pass two. */
async function groupBucket(
  lines: readonly string[],
  outcome: Outcome,
  each: (key: string, group: Waiting) => Promise<void>
): Promise<void> {
  const groups = new Map<string, Waiting>()
  for (const line of lines) {
    const tab = line.indexOf('\t')
    const [key, subjectBase, subjectId, base, type, id, at, within]: Waits = JSON.parse(line.slice(0, tab))
    const identity = { party: PARTY, base, type, id }
    const subject = key === '' ? null : { party: PARTY, base: subjectBase, type: 'Patient', id: subjectId }
    const group: Waiting = groups.get(key) ?? { subject, records: new Map<string, Source>(), replaced: [] }
    groups.set(key, group)
    const name = JSON.stringify([base, type, id])
    const before = group.records.get(name)
    if (before !== undefined) {
      group.records.delete(name)
      if (type === 'Patient') group.replaced.push(before)
      withhold(outcome, 'superseded')
    }
    const text = line.slice(tab + 1)
    group.records.set(name, { identity, line: at, within, read: () => (isExact(text) ? parseExact(text) : JSON.parse(text)) as Resource }) // validated when it was taken in
  }
  for (const [key, group] of groups) await each(key, group)
}

export function withhold(outcome: Outcome, code: Code): void {
  outcome.withheld[code] = (outcome.withheld[code] ?? 0) + 1
}
