/**
 * The day on which a rule denies more than before: a Consent whose denial begins, or whose permission ends. Decides, on that day, what becomes of the datasets its
 * patient is in, as if it were said then (withdraw.ts). A rule is looked at once a day that it names, by whichever gateway comes first.
 */
import type { Rule } from '../../core/consent/rule.ts'
import { nextTurn } from '../../core/consent/turns.ts'
import { setTurn, turnedOptOuts } from '../../store/opt-outs.ts'
import { transaction } from '../../store/pool.ts'
import type { House } from '../house.ts'
import { openScope } from './consent.ts'
import { withdrawFor } from './withdraw.ts'

/** Rules of a party in one transaction, which holds releases. */
const BATCH = 1000

interface Room extends Pick<House, 'pool' | 'ring' | 'now'> {
  readonly policies: Pick<House['policies'], 'parties'>
}

/** How many datasets were withdrawn. */
export async function turnConsents(room: Room): Promise<number> {
  let withdrawn = 0
  for (let turned = BATCH; turned > 0; ) {
    const done = await turnSome(room)
    withdrawn += done.withdrawn
    turned = done.turned
  }
  return withdrawn
}

async function turnSome({ pool, ring, now, policies }: Room): Promise<{ readonly turned: number; readonly withdrawn: number }> {
  const at = now()
  const day = at.toISOString().slice(0, 10)
  return transaction(pool, async (client) => {
    const rows = await turnedOptOuts(client, day, BATCH)
    const denied = new Map<string, Rule[]>()
    for (const row of rows) {
      const rule = openScope(ring, row)
      const next = nextTurn(rule, day)
      if (next !== null) await setTurn(client, row.key, row.rule, next)
      // one that was kept before its days were known, and has none
      if (nextTurn(rule, '') === null) continue
      const name = row.key.toString('hex')
      denied.set(name, [...(denied.get(name) ?? []), rule])
    }
    const [first] = rows
    if (first === undefined) return { turned: 0, withdrawn: 0 }
    const room = { ring, at, parties: new Set(policies.parties.keys()) }
    return { turned: rows.length, withdrawn: await withdrawFor(client, room, first.party, denied) }
  })
}
