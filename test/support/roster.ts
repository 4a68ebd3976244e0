/** Replaces a roster of the demo hospital in the database of a site, as `sallyport roster load` does. */
import type { Pool } from 'pg'
import { loadRoster } from '../../gateway/exchange/consent/roster.ts'
import type { Site } from './gateway.ts'
import { ringOf } from './ring.ts'

export async function changedRoster(site: Site, pool: Pool, roster: string, ids: readonly string[]): Promise<void> {
  const ring = await ringOf(site, pool)
  const party = 'demo-hospital'
  const patients = ids.map((id) => ({ party, base: '', type: 'Patient', id }))
  await loadRoster(pool, ring, { party, roster }, patients, { account: 'test', at: new Date() })
}
