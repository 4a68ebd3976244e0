/**
 * The door to parties over HTTP: their own keys for themselves and for the officers who keep them; all of them for operators; and registration by invitation for whoever holds
 * one. Decides whose party it is by the caller's powers at this moment; a party of others looks exactly like none, and costs the same. Refuses all else by name.
 */
import { PolicyError, RequestError } from '../../core/errors.ts'
import { type PartyState, REASONS, type Reason } from '../../core/identity/party-life.ts'
import { permitOf } from '../../core/identity/powers.ts'
import type { Registry } from '../../core/identity/registry.ts'
import type { Party, PublicJwk } from '../../generated/policy.ts'
import { readAtDesk } from '../audit/audit.ts'
import type { Caller } from '../doors.ts'
import type { House } from '../house.ts'
import { confirmOf } from './confirmations.ts'
import { confirm, decline, type Invited, invite, listInvitations, type OfferRoom, offer, type Waiting } from './invitations.ts'
import { thumbprint } from './known.ts'
import { changeStanding, type StandingAct } from './parties.ts'
import { type ChangeView, listChanges } from './party-changes.ts'
import { readKey, readParty } from './party-document.ts'
import { addKey, type KeyOutcome, retireKey, revokeKey } from './party-keys.ts'
import type { PartyOutcome, PartyWord } from './registry-room.ts'
import { signedIn } from './signed-in.ts'

export interface PartyView {
  readonly id: string
  readonly role: Party['role']
  readonly name: string
  readonly address: string
  readonly fhirBases: readonly string[]
  readonly standing: PartyState
  readonly jwksUri: string | null
  /** registered here; those at the jwksUri are not among them */
  readonly keys: readonly { readonly kid: string; readonly thumbprint: string; readonly use: string; readonly alg: string }[]
  /** what one operator began and another has to confirm */
  readonly waiting: readonly ChangeView[]
}

/** In a list: keys are told one party at a time. */
export type PartyTold = Pick<PartyView, 'id' | 'role' | 'name' | 'standing'>

type Told = { readonly [member: string]: unknown }

export interface Parties {
  /** An officer's reading is an entry. */
  list(caller: Caller): Promise<readonly PartyTold[]>
  /** An officer's reading is an entry. */
  read(caller: Caller, id: string): Promise<PartyView>
  /** RequestError not-found, where it is not the caller's to keep. */
  requireKept(caller: Caller, id: string): void
  /** `told`: {key, proof} */
  addKey(caller: Caller, id: string, told: Told): Promise<KeyOutcome>
  retireKey(caller: Caller, id: string, name: string): Promise<KeyOutcome>
  revokeKey(caller: Caller, id: string, name: string, reason: unknown): Promise<KeyOutcome>
  act(caller: Caller, id: string, act: StandingAct, reason: unknown): Promise<PartyOutcome>
  invitations(caller: Caller): Promise<readonly Waiting[]>
  /** `told`: {id, role, days} */
  invite(caller: Caller, told: Told): Promise<Invited>
  /** `told`: {document} */
  confirm(caller: Caller, id: string, told: Told): Promise<PartyOutcome>
  decline(caller: Caller, id: string): Promise<PartyOutcome>
  /** `told`: {hash} */
  confirmChange(caller: Caller, id: string, told: Told): Promise<ChangeView & { readonly id: string }>
  /** Of whoever holds a code. `told`: {invitation, party, proofs} */
  offer(told: Told): Promise<PartyOutcome & { readonly document: string }>
}

type Standing = Pick<House, 'registry' | 'now'> & OfferRoom

/** Exactly these members, or RequestError bad-request. */
function only(told: Told, ...names: readonly string[]): void {
  const own = Object.keys(told)
  if (own.length !== names.length || !names.every((name) => own.includes(name)))
    throw new RequestError('bad-request', `Give ${names.join(', ')}, and nothing else.`)
}

function text(value: unknown, name: string): string {
  if (typeof value === 'string' && value.length <= 8192) return value
  throw new RequestError('bad-request', `${name} is a text.`)
}

function reasonOf(value: unknown): Reason {
  const reason = REASONS.find((one) => one === value)
  if (reason === undefined) throw new RequestError('bad-request', `reason is one of ${REASONS.join(', ')}.`)
  return reason
}

function viewOf({ standings }: Registry, { id, role, name, address, fhirBases, jwks, jwksUri }: Party): Omit<PartyView, 'waiting'> {
  const keys = (jwks?.keys ?? []).map((key) => ({ kid: key.kid, thumbprint: thumbprint(key), use: key.use, alg: key.alg }))
  return { id, role, name, address, fhirBases, standing: standings.get(id) ?? 'active', jwksUri: jwksUri ?? null, keys }
}

/** Places in the document that was sent, in our words; and a party or key that is not there as anything else is that is not there. */
async function told<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof PolicyError && error.code === 'party-invalid')
      throw new RequestError('party-invalid', error.faults.map(({ path, message }) => `${path} ${message}.`).join(' '))
    throw error instanceof RequestError && error.code === 'party-unknown' ? new RequestError('not-found') : error
  }
}

/** On whose behalf, if `id` is the caller's to keep. RequestError not-found | scope-missing. */
function keeperOf(house: Standing, caller: Caller, power: 'read-party' | 'keep-keys', id: string): PartyWord {
  const { of, officer } = askingFor(house, caller, power)
  if (of !== null && of !== id) throw new RequestError('not-found')
  return of === null ? { as: 'operator', officer } : { as: 'self', officer, party: id }
}

function askingFor(
  house: Standing,
  caller: Caller,
  power: 'read-party' | 'keep-keys'
): { readonly of: string | null; readonly officer: string } {
  if (caller.role === 'officer') {
    const { of, account } = signedIn(house, caller, power)
    return { of, officer: account }
  }
  const permit = permitOf(power, { id: caller.party, role: caller.role })
  if (permit === null) throw new RequestError('scope-missing')
  return { of: permit.of, officer: caller.party }
}

function operatorOf(house: Standing, caller: Caller): PartyWord {
  return { as: 'operator', officer: signedIn(house, caller, 'operate').account }
}

export function openParties(house: Standing): Parties {
  return { ...viewing(house), ...keepingKeys(house), ...operating(house), offer: (body) => told(() => offered(house, body)) }
}

function viewing(house: Standing): Pick<Parties, 'list' | 'read' | 'requireKept'> {
  const kept = (caller: Caller, id: string): Party => {
    keeperOf(house, caller, 'read-party', id)
    const party = house.registry.parties.get(id)
    if (party === undefined) throw new RequestError('not-found')
    return party
  }
  return {
    async list(caller) {
      const { of } = askingFor(house, caller, 'read-party')
      const { registry } = house
      const found = [...registry.parties.values()]
        .filter(({ id }) => of === null || of === id)
        .map(({ id, role, name }) => ({ id, role, name, standing: registry.standings.get(id) ?? 'active' }))
      return looked(house, caller, 'parties', async () => found)
    },
    async read(caller, id) {
      const party = kept(caller, id)
      const [view] = await looked(house, caller, 'parties', async () => [viewOf(house.registry, party)], { about: id })
      return { ...(view ?? viewOf(house.registry, party)), waiting: await listChanges(house, id) }
    },
    requireKept: (caller, id) => void kept(caller, id)
  }
}

/** What a party reads of itself is its own affair; that an officer looked is an entry before it is answered. */
async function looked<T>(
  house: Standing,
  { role, party: account }: Caller,
  what: 'parties' | 'invitations',
  read: () => Promise<readonly T[]>,
  of: { readonly about?: string } = {}
): Promise<readonly T[]> {
  if (role !== 'officer') return read()
  const about = of.about === undefined ? {} : { identity: of.about }
  return readAtDesk(house.pool, { account, at: house.now(), what, about }, read)
}

function keepingKeys(house: Standing): Pick<Parties, 'addKey' | 'retireKey' | 'revokeKey'> {
  return {
    addKey: (caller, id, body) =>
      told(async () => {
        const word = keeperOf(house, caller, 'keep-keys', id)
        const key: PublicJwk = readKey(body['key'])
        const members = [...(key.use === 'sig' ? ['proof'] : []), ...(word.as === 'self' ? ['voucher'] : [])]
        only(body, 'key', ...members)
        const given = (name: string): string | null => (members.includes(name) ? text(body[name], name) : null)
        return addKey(house, id, { key, proof: given('proof'), voucher: given('voucher'), gateway: house.gateway }, word)
      }),
    retireKey: (caller, id, name) => told(async () => retireKey(house, id, name, keeperOf(house, caller, 'keep-keys', id))),
    revokeKey: (caller, id, name, reason) =>
      told(async () => revokeKey(house, id, name, { ...keeperOf(house, caller, 'keep-keys', id), reason: reasonOf(reason) }))
  }
}

function operating(house: Standing): Pick<Parties, 'act' | 'invitations' | 'invite' | 'confirm' | 'decline' | 'confirmChange'> {
  return {
    act: (caller, id, act, reason) =>
      told(async () => changeStanding(house, id, act, { ...operatorOf(house, caller), reason: reasonOf(reason) })),
    invitations: async (caller) => {
      operatorOf(house, caller)
      return looked(house, caller, 'invitations', () => listInvitations(house))
    },
    invite: (caller, body) =>
      told(async () => {
        const word = operatorOf(house, caller)
        only(body, 'id', 'role', 'days')
        const role = (['hospital', 'insurer'] as const).find((one) => one === body['role'])
        if (role === undefined) throw new RequestError('bad-request', 'role is hospital or insurer.')
        return invite(house, { id: text(body['id'], 'id'), role, days: Number(body['days']) }, word)
      }),
    confirm: (caller, id, body) =>
      told(async () => {
        const word = operatorOf(house, caller)
        only(body, 'document')
        return confirm(house, id, text(body['document'], 'document'), word)
      }),
    confirmChange: (caller, id, body) =>
      told(async () => {
        const word = operatorOf(house, caller)
        only(body, 'hash')
        return confirmOf(house, id, text(body['hash'], 'hash'), word)
      }),
    decline: (caller, id) => told(async () => decline(house, id, operatorOf(house, caller)))
  }
}

async function offered(house: Standing, body: Told): ReturnType<typeof offer> {
  only(body, 'invitation', 'party', 'proofs')
  const { invitation, party, proofs } = body
  const given = Array.isArray(proofs) ? proofs.slice(0, 32).map((proof) => text(proof, 'proof')) : []
  return offer(house, { code: text(invitation, 'invitation'), party: readParty(party), proofs: given })
}
