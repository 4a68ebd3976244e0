/**
 * A patient is forgotten. Decides the order, so that it can be stopped anywhere and begun again: first its no to everything, under every name that is known of
 * it, with all that follows (datasets withdrawn, surrogates named for deletion); then, once nothing that began before is still being cut, its rows of the
 * crosswalk, which unlinks it. The no stays as a tombstone that names nobody, and the keys of its accounting stay for their six years. Recorded, counted and
 * never named. Unlinks nobody while a dataset of the hospital is being made.
 */
import { EVERYTHING } from '../../core/consent/rule.ts'
import type { Identity } from '../../core/fhir/resource.ts'
import { requireWord } from '../../core/printable.ts'
import type { KeyRing } from '../../seal/keyring.ts'
import { deleteCrosswalk } from '../../store/crosswalk.ts'
import { beingMade, scopesOfSource } from '../../store/disclosures.ts'
import { forgetOptOuts } from '../../store/opt-outs.ts'
import { type Db, transaction } from '../../store/pool.ts'
import { reachedRows } from '../../store/withdrawals.ts'
import { openRow } from '../accounting/proven-subjects.ts'
import { crossingScope, crosswalkKey } from '../crosswalk.ts'
import type { Rooms } from '../house.ts'
import { appendAnew } from '../log/log.ts'
import type { OfficerWord } from '../release/hold.ts'
import { consentNames } from './consent.ts'
import { changeConsent } from './consent-changes.ts'
import { saidBy } from './opt-outs.ts'

export interface Forgetting extends OfficerWord {
  /** party id of the hospital */
  readonly party: string
  /** names of one patient */
  readonly patients: readonly Identity[]
  readonly parties: ReadonlySet<string>
}

export interface Forgotten {
  /** begun: its no is in force, and datasets are still being made; the same again goes on */
  readonly state: 'begun' | 'done'
  readonly withdrawn: number
  /** rows of the crosswalk that were destroyed now */
  readonly unlinked: number
}

/** Every name by which the rows of what was released know the patient. */
async function namesOf(db: Db, ring: KeyRing, { party, patients }: Pick<Forgetting, 'party' | 'patients'>): Promise<Identity[]> {
  const names = patients.flatMap((patient) => consentNames(ring, patient, [patient.id]))
  const rows = await reachedRows(
    db,
    names.map((name) => Buffer.from(name, 'hex'))
  )
  const known = rows.flatMap((row) => {
    const { subject } = openRow(ring, party, row, { ...row, sealed: row.row })
    return subject.patient.ids.map((id): Identity => ({ party, base: subject.patient.base, type: 'Patient', id }))
  })
  return [...new Map([...patients, ...known].map((name) => [JSON.stringify([name.base, name.id]), name])).values()]
}

/** Forgets a patient, or goes on with it. RequestError bad-request without an officer's word. */
export async function forgetSubject({ pool, ring }: Pick<Rooms, 'pool' | 'ring'>, forgetting: Forgetting): Promise<Forgotten> {
  requireWord(forgetting)
  const { party, officer, reason, account, at, parties } = forgetting
  const names = await namesOf(pool, ring, forgetting)
  const said = names.map((name) => saidBy(ring, name, EVERYTHING))
  const { withdrawn } = await changeConsent(pool, ring, said, { party, change: 'opt-out', account, at, parties })
  const unlinked = await transaction(pool, async (client) => {
    // what was being cut before the no may still ask the crosswalk for a row
    if ((await beingMade(client, party)) > 0) return null
    const tombstones = await forgetOptOuts(
      client,
      said.map(({ name }) => Buffer.from(name, 'hex'))
    )
    let rows = 0
    for (const disclosure of await scopesOfSource(client, party)) {
      const scope = crossingScope(disclosure)
      rows += await deleteCrosswalk(
        client,
        scope,
        names.map((name) => crosswalkKey(ring, scope, name))
      )
    }
    const told = { v: 1, kind: 'subject-forgotten', at: at.toISOString(), party, officer, reason, account, unlinked: rows } as const
    if (tombstones + rows > 0) await appendAnew(client, told)
    return rows
  })
  return { state: unlinked === null ? 'begun' : 'done', withdrawn, unlinked: unlinked ?? 0 }
}
