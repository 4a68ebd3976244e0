/**
 * `sallyport agreement diff OLD [NEW]`: what widens, what narrows and what does neither, change by change. With one file the other is the version in force at this
 * gateway. Ends with 1 where anything widens, so that a script can ask for a second look. Decides nothing else.
 */
import { type AgreementDiff, type Change, diff } from '../../core/agreement/diff.ts'
import type { Direction } from '../../core/agreement/diff-terms.ts'
import { PolicyError } from '../../core/errors.ts'
import type { Compared } from '../../exchange/agreement/in-force.ts'
import { atDesk } from '../desk.ts'
import { EXIT } from '../failures.ts'
import { inspectFile } from './locate.ts'

interface Options {
  readonly policies?: string
  readonly json?: true
}

const HEADINGS: readonly (readonly [Direction, string])[] = [
  ['widens', 'Widens'],
  ['narrows', 'Narrows'],
  ['neither', 'Neither']
]
const VERDICTS: Readonly<Record<Direction, string>> = {
  widens: 'It widens: more leaves, or nothing shows that it does not.',
  narrows: 'It narrows: nothing leaves that did not, and some of it no more.',
  neither: 'It does neither: what leaves is the same.'
}

/** PolicyError policy-invalid: an agreement that would not load is not compared. RequestError agreement-unknown: none is in force. */
export async function diffFiles(first: string, second: string | undefined, options: Options): Promise<void> {
  const named = readWhole(second ?? first, options)
  const old = second === undefined ? await standing(named.agreement.id) : readWhole(first, options)
  tell(old, named, diff(old.agreement, named.agreement), options)
}

/** Loaded only when asked for: two files need no database. */
async function standing(id: string): Promise<Compared> {
  const { inForceHere } = await import('../../exchange/agreement/in-force.ts')
  return atDesk(({ pool }) => inForceHere(pool, id))
}

function readWhole(file: string, { policies }: Options): Compared {
  const { agreement, faults } = inspectFile(file, policies)
  if (agreement === null || faults.length > 0) throw new PolicyError('policy-invalid', faults)
  return agreement
}

function tell(old: Compared, named: Compared, found: AgreementDiff, { json }: Options): void {
  const nameOf = ({ agreement, hash }: Compared): object => ({ id: agreement.id, version: agreement.version, hash })
  const title = ({ agreement }: Compared): string => `${agreement.id} ${agreement.version}`
  const text = [
    `${title(old)} → ${title(named)}`,
    VERDICTS[found.direction],
    ...HEADINGS.flatMap(([direction, heading]) =>
      section(
        heading,
        found.changes.filter((change) => change.direction === direction)
      )
    )
  ]
  const report = { old: nameOf(old), new: nameOf(named), ...found }
  process.stdout.write(json === true ? `${JSON.stringify(report, null, 2)}\n` : `${text.join('\n')}\n`)
  if (found.direction === 'widens') process.exitCode = EXIT.failure
}

function section(heading: string, changes: readonly Change[]): string[] {
  return changes.length === 0 ? [] : ['', heading, ...changes.map((change) => `  ${change.sentence}${daysOf(change)}`)]
}

function daysOf({ days }: Change): string {
  return days === null ? '' : ` (${days.map(([from, to]) => `from ${from} to ${to}`).join(', ')})`
}
