/**
 * Break-glass: an officer asks for what lies beyond his or her file, two others approve, and it stands for its hours on every replica. Decides what is committed
 * together: each word with its entry, the second approval with the grant. Each request made while it stands is an entry before it is answered. Refuses by
 * core/identity/emergency.ts; the database holds the same rules again.
 */
import { randomUUID } from 'node:crypto'
import type { PoolClient } from 'pg'
import { canonicalJson, contentHash, type Json } from '../../core/digest.ts'
import { RequestError } from '../../core/errors.ts'
import {
  type Approving,
  approvalFault,
  askFault,
  capacityOf,
  type EmergencyRequest,
  isGranted,
  LAPSE_MS,
  mayEnd
} from '../../core/identity/emergency.ts'
import { activeOfficer } from '../../core/identity/registry.ts'
import type { EntryKind } from '../../core/log/kinds.ts'
import { isOwnId } from '../../core/own-id.ts'
import { requireWord } from '../../core/printable.ts'
import { emergencyClaimOf, verifyEmergencyWord } from '../../seal/emergency-word.ts'
import { type PublicJwk, thumbprintOf } from '../../seal/keyring.ts'
import * as store from '../../store/emergencies.ts'
import { type Db, transaction } from '../../store/pool.ts'
import { readAtDesk } from '../audit/audit.ts'
import type { Caller } from '../doors.ts'
import type { House } from '../house.ts'
import { appendAnew } from '../log/log.ts'

/** A running gateway's, or an officer's desk. */
export type EmergencyRoom = Pick<House, 'pool' | 'now' | 'registry'>

export interface EmergencyView {
  readonly id: string
  readonly state: store.EmergencyRow['state']
  readonly request: EmergencyRequest
  /** what an approval names */
  readonly hash: string
  readonly approvals: readonly { readonly officer: string; readonly as: store.ApprovalRow['role']; readonly at: string }[]
  readonly begun: string | null
  readonly until: string | null
  readonly ended: string | null
  readonly endedBy: string | null
}

export type Asking = Pick<EmergencyRequest, 'roles' | 'sees' | 'hours' | 'reason'>
/** By the officer's own sign-in, of what he or she read; or by a word signed elsewhere. */
export type Word = { readonly hash: string } | { readonly jws: string }

/** For officers who signed in. */
export interface Emergencies {
  ask(caller: Caller, asking: Asking): Promise<EmergencyView>
  /** That it was looked at is an entry. */
  list(caller: Caller): Promise<readonly EmergencyView[]>
  read(caller: Caller, id: string): Promise<EmergencyView>
  approve(caller: Caller, id: string, word: Word): Promise<EmergencyView>
  end(caller: Caller, id: string): Promise<EmergencyView>
  /** Entries of a request by an officer for whom a grant stands, durable when it resolves. */
  used(caller: Caller, route: string): Promise<void>
}

const LISTED = 200

export function openEmergencies(room: EmergencyRoom): Emergencies {
  return {
    ask: (caller, asking) => ask(room, requestOf(caller.party, asking, room.now()), null),
    list: (caller) => looked(room, caller, listed),
    read: async (caller, id) => {
      const [view] = await looked(room, caller, async (db) => [await viewed(db, id)])
      if (view === undefined) throw new RequestError('not-found')
      return view
    },
    approve: (caller, id, word) => approve(room, id, caller.party, word),
    end: (caller, id) => end(room, id, { officer: caller.party, account: caller.party }),
    used: (caller, route) => used(room, caller, route)
  }
}

function looked(
  { pool, now }: EmergencyRoom,
  { party }: Caller,
  read: (db: Db) => Promise<readonly EmergencyView[]>
): Promise<readonly EmergencyView[]> {
  return readAtDesk(pool, { account: party, at: now(), what: 'emergencies' }, read)
}

export function requestOf(officer: string, asking: Asking, at: Date): EmergencyRequest {
  const { roles, sees, hours, reason } = asking
  return { v: 1, id: randomUUID(), officer, roles: [...new Set(roles)], sees: [...new Set(sees)], hours, reason, at: at.toISOString() }
}

export function hashOf(request: EmergencyRequest): string {
  return contentHash(jsonOf(request))
}

function jsonOf(request: EmergencyRequest): Json {
  return request as unknown as Json // members of a request are JSON
}

/** `jws`: the officer's own word at a desk; null: who asks signed in. RequestError scope-missing | duties-apart | emergency-needless | too-many-requests | bad-request | approval-invalid. */
export async function ask(room: EmergencyRoom, request: EmergencyRequest, jws: string | null): Promise<EmergencyView> {
  requireWord(request)
  if (!Number.isInteger(request.hours)) throw new RequestError('bad-request', 'Hours are a whole number.')
  const hash = hashOf(request)
  if (jws !== null) {
    const { word } = await verified(room, jws)
    if (word.decision !== 'ask' || word.emergency !== request.id || word.hash !== hash || word.officer !== request.officer)
      throw new RequestError('emergency-other')
  }
  return transaction(room.pool, async (client) => {
    const fault = askFault(room.registry, request, await store.countOpen(client, request.officer))
    if (fault !== null) throw new RequestError(fault)
    await store.insertEmergency(client, request, { text: canonicalJson(jsonOf(request)), hash })
    const { roles, sees, hours, reason } = request
    const more = { hash, roles: [...roles], sees: [...sees], hours, reason, ...(jws === null ? {} : { jws }) }
    await note(client, room, 'emergency-asked', { id: request.id, officer: request.officer, more })
    return viewed(client, request.id)
  })
}

/** `by`: who signed in; null: whoever signed. RequestError not-found | not-an-approver | approval-* | emergency-*. */
export async function approve(room: EmergencyRoom, id: string, by: string | null, word: Word): Promise<EmergencyView> {
  const approving = 'jws' in word ? await signedApproval(room, id, word.jws) : signedInApproval(room, by, word.hash)
  if (by !== null && approving.officer !== by) throw new RequestError('not-an-approver')
  const jws = 'jws' in word ? word.jws : null
  return transaction(room.pool, async (client) => {
    const row = isOwnId(id) ? await store.lockEmergency(client, id) : null
    if (row === null) throw new RequestError('not-found')
    const now = room.now()
    const { request, hash, state } = row
    const given = await store.listApprovals(client, [id])
    const fault = approvalFault(room.registry, { request, hash, state, given }, approving, now)
    if (fault !== null) throw new RequestError(fault)
    const { officer, key, at } = approving
    const role = capacityOf(room.registry, officer)
    const added = { emergency: id, officer, role, key, jws, at: now }
    await store.insertApproval(client, added)
    const said = { hash, role, key, signed: at.toISOString(), ...(jws === null ? {} : { jws }) }
    await note(client, room, 'emergency-approved', { id, officer, more: said })
    if (isGranted(room.registry, { request, given: [...given, added] }, now)) await begin(client, room, row, now)
    return viewed(client, id)
  })
}

async function begin(client: PoolClient, room: EmergencyRoom, { id, request }: store.EmergencyRow, now: Date): Promise<void> {
  const until = new Date(now.getTime() + request.hours * 3_600_000)
  await store.beginEmergency(client, id, now, until)
  const more = { roles: [...request.roles], sees: [...request.sees], until: until.toISOString(), reason: request.reason }
  await note(client, room, 'emergency-begun', { id, officer: request.officer, more })
}

/** RequestError not-found | emergency-over | not-an-approver. */
export async function end(
  room: EmergencyRoom,
  id: string,
  { officer, account }: { readonly officer: string; readonly account: string }
): Promise<EmergencyView> {
  return transaction(room.pool, async (client) => {
    const row = isOwnId(id) ? await store.lockEmergency(client, id) : null
    if (row === null) throw new RequestError('not-found')
    if (!mayEnd(room.registry, officer, row.officer, room.now())) throw new RequestError('not-an-approver')
    if (row.state === 'ended') throw new RequestError('emergency-over')
    const at = room.now()
    await store.endEmergency(client, id, { at, by: officer })
    await note(client, room, 'emergency-ended', { id, officer, more: { of: row.officer, by: 'officer', account } })
    return viewed(client, id)
  })
}

/** Ends what time has ended: so that it is an entry. How many. */
export async function endOverdue(room: Pick<EmergencyRoom, 'pool' | 'now' | 'registry'>): Promise<number> {
  return transaction(room.pool, async (client) => {
    const at = room.now()
    const overdue = await store.lockOverdue(client, at, new Date(at.getTime() - LAPSE_MS))
    for (const { id, officer, until } of overdue) {
      await store.endEmergency(client, id, { at, by: 'time' })
      const more = { of: officer, by: 'time', until: until?.toISOString() ?? null }
      await note(client, room, 'emergency-ended', { id, officer: null, more })
    }
    return overdue.length
  })
}

async function used(room: EmergencyRoom, { party, role }: Caller, route: string): Promise<void> {
  if (role !== 'officer' || room.registry.emergencies.length === 0) return
  const at = room.now()
  for (const { id } of room.registry.emergencies.filter((one) => one.officer === party && one.until > at))
    await note(room.pool, room, 'emergency-used', { id, officer: party, more: { route } })
}

interface Noted {
  readonly id: string
  /** null: nobody, time did */
  readonly officer: string | null
  readonly more: { readonly [member: string]: Json }
}

function note(db: Db, { registry, now }: EmergencyRoom, kind: EntryKind, { id, officer, more }: Noted): Promise<void> {
  const who = officer === null ? {} : { officer: `${registry.officers.get(officer)?.name ?? ''} (${officer})`, account: officer }
  return appendAnew(db, { v: 1, kind, at: now().toISOString(), emergency: id, ...who, ...more })
}

async function listed(db: Db): Promise<EmergencyView[]> {
  return views(db, await store.listEmergencies(db, LISTED))
}

export const listEmergencies = listed

async function viewed(db: Db, id: string): Promise<EmergencyView> {
  const row = isOwnId(id) ? await store.readEmergency(db, id) : null
  const [view] = row === null ? [] : await views(db, [row])
  if (view === undefined) throw new RequestError('not-found')
  return view
}

export const readEmergency = viewed

async function views(db: Db, found: readonly store.EmergencyRow[]): Promise<EmergencyView[]> {
  const given = Map.groupBy(
    await store.listApprovals(
      db,
      found.map(({ id }) => id)
    ),
    ({ emergency }) => emergency
  )
  return found.map(({ id, state, request, hash, begun, until, ended, ended_by }) => ({
    id,
    state,
    request,
    hash,
    approvals: (given.get(id) ?? []).map(({ officer, role, at }) => ({ officer, as: role, at: at.toISOString() })),
    begun: begun?.toISOString() ?? null,
    until: until?.toISOString() ?? null,
    ended: ended?.toISOString() ?? null,
    endedBy: ended_by
  }))
}

function signedInApproval({ now }: EmergencyRoom, by: string | null, hash: string): Approving {
  if (by === null) throw new RequestError('bad-request')
  return { officer: by, hash, key: null, at: now() }
}

async function signedApproval(room: EmergencyRoom, id: string, jws: string): Promise<Approving> {
  const { word, key } = await verified(room, jws)
  if (word.decision !== 'approve' || word.emergency !== id) throw new RequestError('emergency-other')
  return { officer: word.officer, hash: word.hash, key, at: new Date(word.at) }
}

/** Under a key of the officer whom it names, that was not revoked. RequestError approval-invalid | not-an-approver. */
async function verified({ registry, now }: EmergencyRoom, jws: string): ReturnType<typeof verifyEmergencyWord> {
  const { officer } = emergencyClaimOf(jws)
  const known = activeOfficer(registry, officer, now())
  if (known === null) throw new RequestError('not-an-approver')
  const keys = known.jwks.keys as readonly PublicJwk[] // the schema's keys are public JWKs
  return verifyEmergencyWord(
    jws,
    keys.filter((key) => !registry.revokedKeys.has(`${officer} ${thumbprintOf(key)}`))
  )
}
