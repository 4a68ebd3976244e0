/**
 * The ledger of released subjects, as the gate needs it: what the recipient holds from earlier releases of the agreement stands side by
 * side with the new. Decides the names of classes in it (keyed: the table tells nothing by itself). Read in pages.
 */
import { hmac } from '../../core/digest.ts'
import { NEVER } from '../../core/risk/release/gate.ts'
import type { KeyRing } from '../../seal/keyring.ts'
import { releasedPage } from '../../store/results.ts'
import type { Bench } from './bucket.ts'
import type { SubjectRow } from './subjects.ts'

const LEDGER_PAGE = 20_000

/** The name under which the ledger knows a class: keyed, so that the table tells nothing by itself. */
export function classMac(ring: KeyRing, agreement: string, level: number, name: string): Buffer {
  return hmac(ring.names(), 'class', agreement, String(level), name)
}

export interface Earlier {
  readonly counts: readonly [Map<string, number>, Map<string, number>]
  readonly known: Uint8Array | null
  /** per subject of this dataset, the name of the class the ledger has it in */
  readonly classes: ReadonlyMap<number, string>
}

/** What the ledger holds: counts of classes among subjects not in this dataset, and the levels of those that are. */
export async function readLedger(bench: Bench, agreement: string, subjects: readonly SubjectRow[]): Promise<Earlier> {
  const here = new Map(subjects.map((row, n) => [row.key ?? '', n]))
  const counts: [Map<string, number>, Map<string, number>] = [new Map(), new Map()]
  const classes = new Map<number, string>()
  let known: Uint8Array | null = null
  let after: Buffer = Buffer.alloc(0)
  for (;;) {
    const page = await releasedPage(bench.pool, agreement, after, LEDGER_PAGE)
    for (const row of page) {
      const n = here.get(row.key.toString('hex'))
      if (n !== undefined) {
        known ??= new Uint8Array(subjects.length).fill(NEVER)
        known[n] = row.level
        classes.set(n, row.class_mac.toString('hex'))
      } else {
        const level = counts[row.level === 0 ? 0 : 1]
        const name = row.class_mac.toString('hex')
        level.set(name, (level.get(name) ?? 0) + 1)
      }
    }
    const last = page.at(-1)
    if (last === undefined || page.length < LEDGER_PAGE) return { counts, known, classes }
    after = last.key
  }
}
