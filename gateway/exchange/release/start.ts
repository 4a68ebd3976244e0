/**
 * RELEASE, the start: disclosures whose moment has come. Decides the moment of release, the policies it is made under (those of that moment: what
 * waited for a year leaves by the agreement as it reads now) and which buckets there are to do. The window is looked at again: a release of the
 * same agreement may have started since this one was told to wait. Refuses, with its entry, what no agreement in force covers any more.
 */
import type { PoolClient } from 'pg'
import { type HashedAgreement, profileOf } from '../../core/agreement/policies.ts'
import { nextRelease } from '../../core/agreement/window.ts'
import { codeOf, UpstreamError } from '../../core/errors.ts'
import {
  type DisclosureRow,
  dueDisclosure,
  lastRelease,
  moveDisclosure,
  postpone,
  setGate,
  startReleasing
} from '../../store/disclosures.ts'
import { transaction } from '../../store/pool.ts'
import { uploadsOfDisclosure } from '../../store/uploads.ts'
import { addWork } from '../../store/work.ts'
import { aboutDisclosure } from '../audit/audit.ts'
import { bucketsIn } from '../frames.ts'
import type { House } from '../house.ts'
import { append, type Statement } from '../log/log.ts'
import { addDestroy } from './destroy.ts'
import { judgeQuality, keepJudged } from './quality.ts'
import { nothingLeaves, refusal, refuse } from './refusal.ts'

/** How many start in one go, at most. */
const AT_ONCE = 10
const RULES = ['source', 'recipient', 'state', 'effective-expires', 'release-window']
const POSTPONED_MS = 60_000
/** Where it was not its own fault: the database was away, or busy. */
const AWAY_MS = 2000
const RESUMED_MS = 1000

/** Starts what is due, each by itself: one that cannot be started is postponed, by a minute where it is its own fault, and keeps no other waiting. How many were due. */
export async function startDue(house: House): Promise<number> {
  for (let n = 0; n < AT_ONCE; n += 1) {
    const met: { dataset: string | null } = { dataset: null }
    try {
      const found = await transaction(house.pool, async (client) => {
        const disclosure = await dueDisclosure(client)
        met.dataset = disclosure?.id ?? null
        if (disclosure !== null) await start(house, client, disclosure)
        return disclosure !== null
      })
      if (!found) return n
    } catch (error) {
      if (met.dataset === null) throw error
      house.observe.stepFailed({ kind: 'start', target: met.dataset, code: codeOf(error), attempts: 0, error })
      const wait = error instanceof UpstreamError ? AWAY_MS : POSTPONED_MS
      await postpone(house.pool, met.dataset, new Date(house.now().getTime() + wait))
    }
  }
  return AT_ONCE
}

async function start(house: House, client: PoolClient, disclosure: DisclosureRow): Promise<void> {
  const known = house.policies.agreements.get(disclosure.agreement)
  if (known?.state === 'suspended') {
    // resumed a moment ago: what is known here follows within the second
    await postpone(client, disclosure.id, new Date(house.now().getTime() + RESUMED_MS))
    return
  }
  const code = refusal(house, disclosure)
  const entry = house.policies.agreements.get(disclosure.agreement)
  const profile = entry === undefined ? undefined : profileOf(house.policies, entry.agreement)
  if (code !== null || entry === undefined || profile === undefined) {
    await refuse(house, client, disclosure.id, code ?? 'agreement-unknown')
    house.observe.datasetRefused({ dataset: disclosure.id, agreement: disclosure.agreement, code: code ?? 'agreement-unknown' })
    return
  }
  const now = house.now()
  const last = await lastRelease(client, disclosure.agreement)
  const next = nextRelease(entry.agreement, last?.toISOString() ?? null, now.toISOString())
  if (next !== 'now') {
    await postpone(client, disclosure.id, new Date(next))
    return
  }
  const uploads = await uploadsOfDisclosure(client, disclosure.id)
  const buckets = new Set(uploads.flatMap((upload) => [...bucketsIn(upload.index)]))
  const told = {
    v: 1,
    kind: 'disclosure-permitted',
    at: now.toISOString(),
    ...aboutDisclosure(disclosure),
    policy: entry.hash,
    profile: profile.hash
  } as const
  await append(client, `disclosure-permitted:${disclosure.id}`, { ...told, ...grounds(entry) })
  await startReleasing(client, disclosure.id, { at: now, agreementHash: entry.hash, profileHash: profile.hash, buckets: buckets.size })
  if (buckets.size > 0) {
    await addWork(client, 'bucket', disclosure.id, [...buckets])
    return
  }
  // no bucket, so no key is asked for: what was promised of it was still not kept
  await keepJudged(client, disclosure, await judgeQuality(client, disclosure, Buffer.alloc(0), entry.agreement))
  await endEmpty(client, disclosure.id, uploads, told)
}

/** By which rules a release may begin: those of an agreement in force between these parties, and of its release window. */
function grounds({ agreement }: HashedAgreement): { readonly purposeOfUse: string; readonly rules: string[] } {
  return { purposeOfUse: agreement.purposeOfUse, rules: RULES.map((rule) => `${agreement.id}@${agreement.version}/${rule}`) }
}

/** Every record was rejected: there is nothing to release, and that is an entry, too. */
async function endEmpty(client: PoolClient, dataset: string, uploads: Parameters<typeof nothingLeaves>[0], told: Statement): Promise<void> {
  const counts = nothingLeaves(uploads, null)
  await setGate(client, dataset, {}, counts)
  await moveDisclosure(client, dataset, ['releasing'], 'empty')
  const { received, rejected } = counts
  await append(client, `dataset-empty:${dataset}`, { ...told, kind: 'dataset-empty', received, rejected })
  await addDestroy(client, dataset)
}
