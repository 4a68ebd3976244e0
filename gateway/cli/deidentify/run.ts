/**
 * A feed de-identified without a server: the two passes of the exchange, and in the second the same engine as the gateway's, with secrets made for this run, so that
 * two runs cannot be linked. No agreement, consent or risk gate: the caller is told so.
 */
import type { Engine } from '../../core/deidentify/compile/compile.ts'
import type { FoundText } from '../../core/deidentify/found-texts.ts'
import { releaseLines } from '../../core/deidentify/subject.ts'
import { lengthPrefixed, sha256 } from '../../core/digest.ts'
import { type Outcome, type Passing, runPasses, type Source, type Waiting, withhold } from '../../exchange/agreement/passes.ts'

export interface Run extends Passing {
  readonly engine: Engine
  readonly at: string
  /** Takes lines that leave; resolves when more may come. */
  readonly write: (lines: string) => Promise<void>
  /** Takes what was covered in one text; where nobody asks, nothing is told. */
  readonly tell?: (row: FoundRow) => Promise<void>
}

/** A row of the side report: `line` of what was read, and the element path there. */
export interface FoundRow extends Pick<FoundText, 'text' | 'findings'> {
  readonly line: number
  readonly path: string
}

/** Throws RequestError for a body that cannot be read at all. */
export function run(order: Run, chunks: AsyncIterable<Uint8Array>): Promise<Outcome> {
  return runPasses(order, chunks, async (key, group, secret, outcome) => {
    const { lines, found } = releaseGroup(order, secret, key, group, outcome)
    await order.write(lines)
    for (const row of found) await order.tell?.(row)
  })
}

interface ReleasedGroup {
  readonly lines: string
  readonly found: readonly FoundRow[]
}

function releaseGroup(order: Run, secret: Uint8Array, key: string, group: Waiting, outcome: Outcome): ReleasedGroup {
  const records = [...group.records.values()]
  const own = sha256(lengthPrefixed('subject', secret, key))
  const result = releaseLines(order.engine, {
    at: order.at,
    secret: own,
    sharedSecret: secret,
    surrogate: sha256(lengthPrefixed('patient', secret, key))
      .toString('hex')
      .slice(0, 32),
    identity: group.subject,
    shiftDays: 1 + (sha256(lengthPrefixed('shift', secret, key)).readUInt32BE() % 365),
    ownBases: order.ownBases,
    records,
    replaced: group.replaced,
    ...(order.tell === undefined ? {} : { tells: 'findings' })
  })
  for (const { code } of result.withheld) withhold(outcome, code)
  for (const [place, times] of result.refusedTexts) outcome.refusedTexts[place] = (outcome.refusedTexts[place] ?? 0) + times
  for (const { type } of result.released) outcome.byType[type] = (outcome.byType[type] ?? 0) + 1
  outcome.released += result.released.length
  if (result.classes !== null) {
    outcome.subjects++
    outcome.classes.set(result.classes[0], (outcome.classes.get(result.classes[0]) ?? 0) + 1)
  }
  return {
    lines: result.released.map(({ line }) => `${line}\n`).join(''),
    found: result.foundTexts.map((each) => rowOf(each, records[each.index]))
  }
}

function rowOf({ path, text, findings }: FoundText, source: Source | undefined): FoundRow {
  const { line = 0, within = '' } = source ?? {}
  return { line, path: within === '' ? path : `${within}: ${path}`, text, findings }
}
