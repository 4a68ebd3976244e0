/**
 * `sallyport party list|show|invite|confirm|decline|register|amend|rotate|sign|revoke-key|suspend|resume|revoke|secret`: what an operator does about parties at the gateway's machine.
 * Decides nothing that the gateway would not; what it does is in force on every replica within a second. Refuses an --officer who is no operator of this house, and what makes
 * somebody sign in without the officer's signature.
 */
import { type Command, Option } from 'commander'
import { asciiJson } from '../../core/audit/ascii.ts'
import { RequestError } from '../../core/errors.ts'
import { REASONS, type Reason } from '../../core/identity/party-life.ts'
import { activeOfficer } from '../../core/identity/registry.ts'
import { printable } from '../../core/printable.ts'
import type { StandingAct } from '../../exchange/identity/parties.ts'
import type { PartyWord } from '../../exchange/identity/registry-room.ts'
import type { Spoken } from '../../exchange/identity/two-operators.ts'
import { atDesk, type Desk } from '../desk.ts'
import { registryHere } from '../known-parties.ts'
import { addSecret } from './secret.ts'
import { type Signing, signedWord } from './signed.ts'
import { addSigned } from './two.ts'

type Room = Awaited<ReturnType<typeof registryHere>>

interface Asking {
  readonly officer: string
  readonly reason?: Reason
  readonly json?: true
}

/** The officer's word, if he or she may operate this house. RequestError not-an-operator. */
function wordOf({ registry }: Room, { account }: Desk, { officer, reason }: Asking): PartyWord {
  const known = activeOfficer(registry, officer, new Date())
  if (known?.roles.includes('operator') !== true)
    throw new RequestError('not-an-operator', 'Give as --officer the id of an officer of policies/officers with the role operator.')
  return { as: 'desk', officer, account, ...(reason === undefined ? {} : { reason }) }
}

function atRegistry<T>(asking: Asking, work: (room: Room, word: PartyWord) => Promise<T>): Promise<T> {
  return atDesk(async (desk) => {
    const room = await registryHere(desk)
    return work(room, wordOf(room, desk, asking))
  })
}

interface AskingSigned extends Signing {
  readonly json?: true
}

/** The same for what makes somebody sign in. */
function atSigned<T>(signing: AskingSigned, spoken: Spoken, work: (room: Room, word: PartyWord) => Promise<T>): Promise<T> {
  return atDesk(async (desk) => {
    const room = await registryHere(desk)
    return work(room, await signedWord(room.registry, { signing, account: desk.account }, spoken))
  })
}

function tell(told: object, { json }: { readonly json?: true }, sentence: string): void {
  process.stdout.write(json === true ? `${asciiJson(told)}\n` : `${printable(sentence)}\n`)
}

async function list({ json }: { readonly json?: true }): Promise<void> {
  const { listInvitations } = await import('../../exchange/identity/invitations.ts')
  const { readAtDesk } = await import('../../exchange/audit/audit.ts')
  const { parties, invitations } = await atDesk(async (desk) => {
    const { registry, pool } = await registryHere(desk)
    const reading = { account: desk.account, at: new Date() }
    const known = [...registry.parties.values()].map(({ id, role, name }) => ({
      id,
      role,
      name,
      standing: registry.standings.get(id) ?? 'active'
    }))
    return {
      parties: await readAtDesk(pool, { ...reading, what: 'parties' }, async () => known),
      invitations: await readAtDesk(pool, { ...reading, what: 'invitations' }, () => listInvitations({ pool }))
    }
  })
  if (json === true) return void process.stdout.write(`${asciiJson({ parties, invitations })}\n`)
  const lines = [
    ...parties.map(({ id, role, name, standing }) => `${standing.padEnd(10)}${role.padEnd(10)}${id}  ${name}`),
    ...invitations.map(
      ({ id, role, state, expires, document }) =>
        `${state.padEnd(10)}${role.padEnd(10)}${id}  until ${expires}${document === null ? '' : `  ${document}`}`
    )
  ]
  process.stdout.write(lines.length === 0 ? 'Nobody is registered.\n' : `${lines.map(printable).join('\n')}\n`)
}

async function show(id: string, { json }: { readonly json?: true }): Promise<void> {
  const { listInvitations } = await import('../../exchange/identity/invitations.ts')
  const { thumbprint } = await import('../../exchange/identity/known.ts')
  const { readAtDesk } = await import('../../exchange/audit/audit.ts')
  const { listChanges } = await import('../../exchange/identity/party-changes.ts')
  const found = await atDesk(async (desk) => {
    const { registry, pool } = await registryHere(desk)
    const reading = { account: desk.account, at: new Date(), what: 'parties', about: { identity: id } } as const
    const [waiting] = await readAtDesk(pool, reading, async () => (await listInvitations({ pool })).filter((one) => one.id === id))
    const party = registry.parties.get(id) ?? waiting?.party
    if (party === undefined || party === null) throw new RequestError('party-unknown')
    const standing = registry.parties.has(id) ? (registry.standings.get(id) ?? 'active') : 'waiting'
    const changes = await listChanges({ pool, now: () => new Date() }, id)
    return { party, standing, document: waiting?.document ?? null, notBefore: registry.notBefore.get(id) ?? null, changes }
  })
  const { party, standing, document, notBefore, changes } = found
  const keys = (party.jwks?.keys ?? []).map((key) => ({ kid: key.kid, use: key.use, alg: key.alg, thumbprint: thumbprint(key) }))
  if (json === true) return void process.stdout.write(`${asciiJson({ ...found, keys })}\n`)
  const lines = [
    `${party.id}  ${party.role}  ${standing}`,
    party.name,
    party.address,
    ...party.fhirBases.map((base) => `records under ${base}`),
    ...(party.jwksUri === undefined ? [] : [`keys at ${party.jwksUri}`]),
    ...keys.map(({ kid, use, alg, thumbprint: print }) => `${use}  ${alg}  ${print}  ${kid}`),
    ...(notBefore === null ? [] : [`what was signed in with before ${new Date(notBefore).toISOString()} is dead`]),
    ...(document === null ? [] : [`waits to be confirmed: ${document}`]),
    ...changes.map(({ what, hash, begunBy, expires }) => `${what} waits to be confirmed: ${hash}, begun by ${begunBy}, until ${expires}`)
  ]
  process.stdout.write(`${lines.map(printable).join('\n')}\n`)
}

async function declineOne(id: string, options: Asking): Promise<void> {
  const { decline } = await import('../../exchange/identity/invitations.ts')
  const outcome = await atRegistry(options, (room, word) => decline(room, id, word))
  tell(outcome, options, `${id} is not invited any more`)
}

async function revokeOne(id: string, name: string, options: Asking & { readonly reason: Reason }): Promise<void> {
  const { revokeKey } = await import('../../exchange/identity/party-keys.ts')
  const { reason } = options
  const done = await atRegistry(options, (room, word) => revokeKey(room, id, name, { ...word, reason }))
  tell(done, options, `${done.thumbprint} is revoked: what ${id} signed in with before is dead`)
}

async function act(id: string, what: StandingAct, options: Asking & { readonly reason: Reason }): Promise<void> {
  const { changeStanding } = await import('../../exchange/identity/parties.ts')
  const { reason } = options
  const outcome = await atRegistry(options, (room, word) => changeStanding(room, id, what, { ...word, reason }))
  tell(outcome, options, `${outcome.id} is ${outcome.state}`)
}

function acts(command: Command): Command {
  return command.requiredOption('--officer <id>', 'who acts: an officer with the role operator').option('--json', 'print JSON')
}

function withReason(command: Command): Command {
  return acts(command).addOption(new Option('--reason <code>', 'why, as RFC 5280 names it').choices(REASONS).makeOptionMandatory())
}

const STANDING_ACTS: readonly (readonly [StandingAct, string])[] = [
  ['suspend', 'nobody signs in as it, its tokens and sessions are dead, its agreements rest; an officer by id, too'],
  ['resume', 'it may sign in again'],
  ['revoke', 'for good: the id never comes back']
]

/** Adds these commands to `party`. */
export function addDesk(party: Command, examples: string): void {
  party
    .command('list')
    .description('who is registered, who is invited, and what waits to be confirmed')
    .option('--json', 'print JSON')
    .action(list)
  party.command('show').argument('<id>').description('a party, its standing and its keys').option('--json', 'print JSON').action(show)
  acts(party.command('decline').argument('<id>').description('take an invitation back, or decline what was offered')).action(declineOne)
  withReason(party.command('revoke-key').argument('<id>').argument('<key>', 'its kid or thumbprint'))
    .description('a key that others may have: dead at once, and every token and session with it; of an officer, too')
    .action(revokeOne)
  for (const [what, says] of STANDING_ACTS)
    withReason(party.command(what).argument('<id>').description(says)).action((id: string, options: Asking & { readonly reason: Reason }) =>
      act(id, what, options)
    )
  const at = { atRegistry, atSigned, tell }
  addSigned(party, at)
  addSecret(party, at)
  for (const command of party.commands) command.addHelpText('after', examples)
}
