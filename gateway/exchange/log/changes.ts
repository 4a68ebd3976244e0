/**
 * What a gateway starts with, compared with what was loaded last: agreements, profiles, parties, officers, the policy of the log and the gateway's own keys. Each change is an entry, made
 * once by whichever replica starts first. Keys are named by thumbprint, never shown. Nothing may be disclosed before this has committed.
 */
import type { PoolClient } from 'pg'
import type { Policies } from '../../core/agreement/policies.ts'
import { canonicalJson, contentHash, type Json } from '../../core/digest.ts'
import { type Change, changesBetween, type Loaded } from '../../core/log/changes.ts'
import type { Party } from '../../generated/policy.ts'
import { type KeyRing, PURPOSES, type PublicJwk, ringKeys, thumbprintOf } from '../../seal/keyring.ts'
import { dropLoaded, keepLoaded, lockLoaded, lockParty } from '../../store/loaded.ts'
import { keepPolicy } from '../../store/policies.ts'
import { transaction } from '../../store/pool.ts'
import type { House } from '../house.ts'
import { appendAnew, type Statement } from './log.ts'

interface Document extends Loaded {
  readonly what: 'agreement' | 'profile' | 'party' | 'officer' | 'log'
  readonly body: string
}

/** Every policy in force, with what an entry says of it. Sound casts: they came from JSON.parse, so they are JSON. */
function documentsOf(policies: Policies): Document[] {
  const agreements = [...policies.agreements.values()].map(({ agreement, hash }): Document => {
    const { id, version, source, recipient } = agreement
    return { what: 'agreement', id, state: hash, about: { version, source, recipient }, body: canonicalJson(agreement as unknown as Json) }
  })
  const profiles = [...policies.profiles].map(
    ([id, { profile, hash }]): Document => ({
      what: 'profile',
      id,
      state: hash,
      about: { version: profile.version },
      body: canonicalJson(profile as unknown as Json)
    })
  )
  const parties = [...policies.parties.values()].map(documentOfParty)
  const officers = [...policies.officers.values()].map((officer): Document => {
    const json = officer as unknown as Json
    const about = { officer: officer.id, keys: officer.jwks.keys.map((key) => thumbprintOf(key as PublicJwk)).sort() }
    return { what: 'officer', id: officer.id, state: contentHash(json), about, body: canonicalJson(json) }
  })
  return [...agreements, ...profiles, ...parties, ...officers, ...logOf(policies)]
}

function documentOfParty(party: Party): Document {
  const json = party as unknown as Json
  const keys = (party.jwks?.keys ?? []).map((key) => thumbprintOf(key as PublicJwk)).sort() // one of its kinds, by the schema
  const about = { party: party.id, role: party.role, keys }
  return { what: 'party', id: party.id, state: contentHash(json), about, body: canonicalJson(json) }
}

function logOf({ log }: Policies): Document[] {
  if (log === null) return []
  const { policy, hash } = log
  return [{ what: 'log', id: 'log', state: hash, about: { keepYears: policy.keepYears }, body: canonicalJson(policy as unknown as Json) }]
}

function keysOf(ring: KeyRing): Loaded[] {
  return PURPOSES.flatMap((purpose) =>
    ringKeys(ring, purpose).map(({ kid, state }) => ({ what: 'key', id: `${purpose} ${kid}`, state, about: { purpose, thumbprint: kid } }))
  )
}

function statementOf({ change, row, before, after }: Change, at: string): Statement {
  const told = { v: 1, at, change, before, after, ...row.about } as const
  return row.what === 'key' ? { ...told, kind: 'key-changed' } : { ...told, kind: 'policy-changed', what: row.what, id: row.id }
}

async function note(client: PoolClient, change: Change, at: string): Promise<void> {
  if (change.after === null) await dropLoaded(client, change.row)
  else await keepLoaded(client, change.row)
  // the row just written makes it once
  await appendAnew(client, statementOf(change, at))
}

/** Keeps the policies by hash and makes an entry of each change since a gateway last started; how many. */
export async function noteChanges({ pool, ring, policies, now }: Pick<House, 'pool' | 'ring' | 'policies' | 'now'>): Promise<number> {
  const documents = documentsOf(policies)
  return transaction(pool, async (client) => {
    const before = await lockLoaded(client)
    // thousands of parties are kept already
    const kept = new Set(before.filter(({ what }) => what === 'party').map(({ state }) => state))
    for (const { what, state, body } of documents)
      if (what !== 'party' || !kept.has(state)) await keepPolicy(client, { hash: state, kind: what, body })
    const changes = changesBetween(before, [...documents, ...keysOf(ring)])
    for (const change of changes) await note(client, change, now().toISOString())
    return changes.length
  })
}

/** The same of one party that changed while gateways run, in the transaction that changes it. */
export async function noteParty(client: PoolClient, party: Party, at: Date): Promise<void> {
  const document = documentOfParty(party)
  await keepPolicy(client, { hash: document.state, kind: 'party', body: document.body })
  for (const change of changesBetween(await lockParty(client, party.id), [document])) await note(client, change, at.toISOString())
}
