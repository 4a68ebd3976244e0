/**
 * `sallyport witness --compare`: do those who saw the log see one history? Decides by the signed checkpoints alone, of equal sizes by their roots, of others
 * by a consistency proof that one of the gateways shows. Refuses to say that they agree where nobody proves it; a fork is told with both notes.
 */
import { IntegrityError, OperatorHint } from '../../core/errors.ts'
import { areConsistent, parseConsistency, standingOf } from '../../core/log/consistency.ts'
import { printable } from '../../core/printable.ts'
import type { NoteVerifier } from '../../seal/note.ts'
import { placeOf } from '../client/seen.ts'
import { type Gateway, type Sight, shownBy, sightsIn } from './sources.ts'

/** Two checkpoints that were not proved to be of one history, and what a gateway showed for it. */
interface Apart {
  readonly code: 'log-forked' | 'log-rolled-back' | 'log-unproved'
  readonly one: Sight
  readonly other: Sight
  readonly proof: string | null
}

export interface Compared {
  /** the newest of each source */
  readonly newest: readonly Sight[]
  /** null: they agree */
  readonly apart: Apart | null
}

/** Throws OperatorHint where a source holds no checkpoint of the log, they are of several logs, or nobody can tell. */
export async function compare(
  paths: readonly string[],
  gateways: readonly Gateway[],
  verifiers: readonly NoteVerifier[]
): Promise<Compared> {
  const kept = await Promise.all(paths.map((path) => sightsIn(path, verifiers)))
  const newestKept = kept.map((sights) => bySize(sights).at(-1)).filter((sight) => sight !== undefined)
  const largest = bySize(newestKept).at(-1)
  const shown: Sight[] = []
  for (const gateway of gateways) shown.push(await shownBy(gateway, verifiers, largest?.checkpoint.size ?? 0n))
  const newest = [...newestKept, ...shown]
  if (new Set(newest.map(({ checkpoint }) => checkpoint.origin)).size > 1) throw new OperatorHint('these are checkpoints of different logs')
  const all = bySize([...kept.flat(), ...shown])
  const apart = forkAmong(all) ?? shorterThan(largest, shown) ?? (await unprovedAmong(all, gateways))
  if (apart === null && gateways.length === 0) requireOneSize(newest)
  return { newest, apart }
}

function bySize(sights: readonly Sight[]): Sight[] {
  return sights.toSorted((a, b) => Number(a.checkpoint.size > b.checkpoint.size) - Number(a.checkpoint.size < b.checkpoint.size))
}

/** Each beside the next of its size or a larger one: what holds for all these pairs holds for any two. */
function neighbours(sorted: readonly Sight[]): (readonly [one: Sight, other: Sight])[] {
  return sorted.slice(1).flatMap((other, n) => (sorted[n] === undefined ? [] : [[sorted[n], other] as const]))
}

/** One size, two roots. */
function forkAmong(sorted: readonly Sight[]): Apart | null {
  const pair = neighbours(sorted).find(([one, other]) => standingOf(one.checkpoint, other.checkpoint) === 'forked')
  return pair === undefined ? null : { code: 'log-forked', one: pair[0], other: pair[1], proof: null }
}

function shorterThan(largest: Sight | undefined, shown: readonly Sight[]): Apart | null {
  const shorter = shown.find(({ checkpoint }) => largest !== undefined && checkpoint.size < largest.checkpoint.size)
  return shorter === undefined || largest === undefined ? null : { code: 'log-rolled-back', one: largest, other: shorter, proof: null }
}

async function unprovedAmong(sorted: readonly Sight[], gateways: readonly Gateway[]): Promise<Apart | null> {
  if (gateways.length === 0) return null
  let first: Apart | null = null
  for (const [one, other] of neighbours(sorted)) {
    if (one.checkpoint.size === other.checkpoint.size) continue
    const apart = await unproved(one, other, gateways)
    if (apart?.code === 'log-forked') return apart
    first ??= apart
  }
  return first
}

/** One proof that holds is enough, whoever shows it; else one that does not hold tells a fork. */
async function unproved(one: Sight, other: Sight, gateways: readonly Gateway[]): Promise<Apart | null> {
  let apart: Apart = { code: 'log-unproved', one, other, proof: null }
  for (const { ask } of gateways) {
    const text = await ask(`/log/proof/consistency?from=${one.checkpoint.size}&to=${other.checkpoint.size}`)
    const proof = text === null ? null : parseConsistency(text)
    if (proof === null) continue
    if (areConsistent(one.checkpoint, other.checkpoint, proof)) return null
    apart = { code: 'log-forked', one, other, proof: text }
  }
  return apart
}

/** Without a gateway only checkpoints of one size can be compared. */
function requireOneSize(newest: readonly Sight[]): void {
  const sizes = [...new Set(newest.map(({ checkpoint }) => String(checkpoint.size)))]
  if (sizes.length > 1) {
    throw new OperatorHint(
      `no fork is seen, but nobody proves that these are one log: their newest sizes differ (${sizes.join(', ')}). Name a gateway as well`
    )
  }
}

interface Words {
  readonly text: string
  readonly facts: Readonly<Record<string, unknown>>
}

/** What to print, and as what to end: null where they agree. */
export function comparedWords({ newest, apart }: Compared): Words & { readonly alarm: IntegrityError | null } {
  if (apart === null) {
    const rows = newest.map(({ source, checkpoint }) => `  ${checkpoint.size} entries: ${printable(source)}`)
    const sources = newest.map(({ source, checkpoint }) => ({ source, ...placeOf(checkpoint) }))
    return { text: ['agree: these show one log', ...rows].join('\n'), facts: { state: 'agree', sources }, alarm: null }
  }
  const { code, one, other, proof } = apart
  const alarm = new IntegrityError(code, { one: `${one.checkpoint.size} entries`, other: `${other.checkpoint.size} entries` })
  const noted = [one, other].map(({ source, note }) => `from ${printable(source)}:\n${note.split('\n').map(printable).join('\n')}`)
  const facts = { state: 'alarm', code, message: alarm.message, one: told(one), other: told(other), proof }
  return { text: [HEADS[code], ...noted].join('\n'), facts, alarm }
}

const HEADS: Readonly<Record<Apart['code'], string>> = {
  'log-forked': 'FORK: the log signed both of these, and they are not one history\n',
  'log-rolled-back': 'ROLLED BACK: a gateway shows less than the log signed\n',
  'log-unproved': 'NOT PROVED: the log signed both of these, and no gateway proves that they are one history\n'
}

function told({ source, note, checkpoint }: Sight): Readonly<Record<string, string>> {
  return { source, note, ...placeOf(checkpoint) }
}
