/**
 * Both sides' door to their agreements: what was proposed and signed, their own approvals, and the word that stops one at once. Decides that a side sees and stops
 * only what it signed; an agreement of others looks exactly like none. Resuming and revoking are for officers of the house.
 */
import { speaking } from '../../core/agreement/life.ts'
import { PolicyError, RequestError } from '../../core/errors.ts'
import { claimOf } from '../../seal/approval.ts'
import { type VersionRow, versionsOf } from '../../store/agreements.ts'
import type { Db } from '../../store/pool.ts'
import type { AgreementOutcome, AgreementsDoor, Caller, OwnAgreement } from '../doors.ts'
import type { House } from '../house.ts'
import { actOn } from './agreement-acts.ts'
import { versionsTold } from './agreement-history.ts'
import type { AgreementRoom } from './agreement-words.ts'
import { speak, withTexts } from './agreements.ts'
import { reattest } from './reattestation.ts'

type Standing = Pick<House, 'pool' | 'now' | 'policies' | 'registry' | 'keysOf'>

/** As it is now: some of it are getters of the house, asked each time. */
export function roomOf({ pool, now, policies, registry, keysOf }: Standing): AgreementRoom {
  return { pool, now, policies, registry, keysOf }
}

export function openAgreements(house: Standing): AgreementsDoor {
  const room = (): AgreementRoom => roomOf(house)
  return {
    list: async (caller) => {
      const rows = await versionsOf(house.pool, null, caller.party)
      return Promise.all([...Map.groupBy(rows, ({ agreement }) => agreement)].map(([id, own]) => ownAgreement(house.pool, id, own)))
    },
    read: async (caller, id) => ownAgreement(house.pool, id, await ownVersions(house, caller, id)),
    speak: async (caller, id, jws) => {
      const own = await ownVersions(house, caller, id)
      const { agreement, version } = claimOf(jws)
      if (agreement !== id || own.every((row) => row.version !== version)) throw new RequestError('approval-of-another')
      return spoken(room(), jws)
    },
    suspend: async (caller, id, word) => {
      const [row] = await ownVersions(house, caller, id)
      return actOn(room(), id, 'suspend', { ...word, party: caller.party, as: row?.source === caller.party ? 'source' : 'recipient' })
    }
  }
}

/** A signed approval, rejection or attestation anew counts, or is refused by name. */
export function spoken(room: AgreementRoom, jws: string): Promise<AgreementOutcome> {
  return refusedByName(() => (claimOf(jws).decision === 'reattest' ? reattest(room, jws) : speak(room, jws)))
}

/** What policies refuse is told to who asked, by its code: it is theirs to mend. */
export async function refusedByName<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw error instanceof PolicyError ? new RequestError(error.code) : error
  }
}

async function ownVersions({ pool }: Standing, caller: Caller, id: string): Promise<VersionRow[]> {
  const own = await versionsOf(pool, id, caller.party)
  if (own.length === 0) throw new RequestError('agreement-unknown')
  return own
}

/** These versions of it, as whoever may see them is told. */
export async function ownAgreement(db: Db, agreement: string, own: readonly VersionRow[]): Promise<OwnAgreement> {
  const texts = new Map((await withTexts(db, own)).map((version) => [version.hash, version.agreement]))
  const versions = (await versionsTold(db, agreement)).flatMap((version) => {
    const document = texts.get(version.hash)
    return document === undefined ? [] : [{ ...version, document }]
  })
  return { agreement, state: speaking(own)?.state ?? 'superseded', versions }
}
