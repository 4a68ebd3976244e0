/**
 * `sallyport emergency ask|sign|approve|end|list`: break-glass at the desk. Signs with an officer's own key, or takes what was signed elsewhere. Refuses what the gateway would refuse; what is
 * granted or ended here is so on every replica within a second.
 */
import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import { asciiJson } from '../core/audit/ascii.ts'
import { OperatorHint, RequestError } from '../core/errors.ts'
import { HOUSE_ROLES, MOST_HOURS, USUAL_HOURS } from '../core/identity/emergency.ts'
import type { OfficerRole } from '../core/identity/registry.ts'
import { printable } from '../core/printable.ts'
import type { Asking, EmergencyRoom, EmergencyView } from '../exchange/identity/emergencies.ts'
import type { EmergencyWord } from '../generated/policy.ts'
import { atDesk, type Desk } from './desk.ts'

const EXAMPLES = `
An officer asks; two others approve, a privacy officer one of them; from then on it stands for its hours, and each request made meanwhile is an entry. It ends by time,
by the officer, or by any privacy officer. What is not approved within four hours has to be asked for anew. Whoever signs in by token gets one with the new scopes
afterwards; a session by browser has them at once.

Examples:
  npx sallyport emergency ask --officer demo-operator --roles compliance-reviewer --sees content --reason "ward 3 was sent a wrong dataset" --key operator-sig.jwk
  npx sallyport emergency list
  npx sallyport emergency approve 6f1c… --officer demo-privacy-officer --key officer-sig.jwk
  npx sallyport emergency sign 6f1c… --hash sha256:… --officer demo-author --key author-sig.jwk > approval.jws
  npx sallyport emergency approve 6f1c… --jws approval.jws
  npx sallyport emergency end 6f1c… --officer demo-privacy-officer

Exit codes: 0 done; 1 refused: the code in brackets says why; 2 a wrong option; 75 try again later.`

interface Signing {
  readonly officer?: string
  readonly key?: string
  readonly jws?: string
  readonly json?: true
}

type Spoken = Pick<EmergencyWord, 'emergency' | 'hash' | 'decision'>

async function signed(spoken: Spoken, { officer, key }: Signing): Promise<string> {
  if (officer === undefined || key === undefined) throw new RequestError('bad-request', 'Give --officer and --key, or --jws.')
  const { signEmergencyWord } = await import('../seal/emergency-word.ts')
  try {
    return signEmergencyWord({ v: 1, ...spoken, officer, at: new Date().toISOString() }, JSON.parse(readFileSync(key, 'utf8')))
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
    throw new OperatorHint('--key must be a private JWK with a kid, RSA or P-384: sallyport keys generate --party makes one')
  }
}

/** Of the folder and the database as they are now. */
async function roomOf({ pool, policiesDir }: Desk): Promise<EmergencyRoom> {
  const { loadPolicies } = await import('../config/policies.ts')
  const { registryNow } = await import('../exchange/identity/registry-live.ts')
  const { standingEmergencies } = await import('../store/emergencies.ts')
  const registry = await registryNow(pool, loadPolicies(policiesDir), new Date())
  return { pool, now: () => new Date(), registry: { ...registry, emergencies: await standingEmergencies(pool) } }
}

function lineOf({ id, state, request, approvals, until, hash, endedBy }: EmergencyView): string {
  const { officer, roles, sees, hours, reason } = request
  const when = state === 'standing' ? `until ${until}` : state === 'ended' ? `by ${endedBy}` : `for ${hours} h, asked ${request.at}`
  const lines = [
    `${id}  ${state} ${when}  ${officer}: ${[...roles, ...sees.map((level) => `sees ${level}`)].join(', ')}`,
    `  ${reason}`,
    `  ${hash}${approvals.map((given) => `; approved by ${given.officer} (${given.as})`).join('')}`
  ]
  return `${lines.map(printable).join('\n')}\n`
}

function tell(view: EmergencyView, { json }: { readonly json?: true }): void {
  process.stdout.write(json === true ? `${asciiJson(view)}\n` : lineOf(view))
}

async function ask(options: Asking & Signing & { readonly officer: string }): Promise<void> {
  const { ask: put, hashOf, requestOf } = await import('../exchange/identity/emergencies.ts')
  const view = await atDesk(async (desk) => {
    const request = requestOf(options.officer, options, new Date())
    return put(await roomOf(desk), request, await signed({ emergency: request.id, hash: hashOf(request), decision: 'ask' }, options))
  })
  tell(view, options)
}

async function sign(id: string, options: Signing & { readonly hash: string }): Promise<void> {
  process.stdout.write(`${await signed({ emergency: id, hash: options.hash, decision: 'approve' }, options)}\n`)
}

async function approve(id: string, options: Signing): Promise<void> {
  const { approve: say, readEmergency } = await import('../exchange/identity/emergencies.ts')
  const view = await atDesk(async (desk) => {
    const { hash } = await readEmergency(desk.pool, id)
    const jws =
      options.jws === undefined
        ? await signed({ emergency: id, hash, decision: 'approve' }, options)
        : readFileSync(options.jws, 'utf8').trim()
    return say(await roomOf(desk), id, null, { jws })
  })
  tell(view, options)
}

async function end(id: string, options: { readonly officer: string; readonly json?: true }): Promise<void> {
  const { end: stop } = await import('../exchange/identity/emergencies.ts')
  tell(await atDesk(async (desk) => stop(await roomOf(desk), id, { officer: options.officer, account: desk.account })), options)
}

async function list(options: { readonly json?: true }): Promise<void> {
  const { listEmergencies } = await import('../exchange/identity/emergencies.ts')
  const { readAtDesk } = await import('../exchange/audit/audit.ts')
  const found = await atDesk(({ pool, account }) => readAtDesk(pool, { account, at: new Date(), what: 'emergencies' }, listEmergencies))
  if (options.json) process.stdout.write(`${asciiJson(found)}\n`)
  else process.stdout.write(found.length === 0 ? 'Nobody asked for anything.\n' : found.map(lineOf).join(''))
}

function roleOf(text: string, before: readonly OfficerRole[] = []): readonly OfficerRole[] {
  const role = HOUSE_ROLES.find((known) => known === text)
  if (role === undefined) throw new InvalidArgumentError(`One of ${HOUSE_ROLES.join(', ')}; several: --roles twice.`)
  return [...before, role]
}

type Level = Asking['sees'][number]
const LEVELS: readonly Level[] = ['metadata', 'content', 'resend']

function levelOf(text: string, before: readonly Level[] = []): readonly Level[] {
  const level = LEVELS.find((known) => known === text)
  if (level === undefined) throw new InvalidArgumentError(`One of ${LEVELS.join(', ')}; several: --sees twice.`)
  return [...before, level]
}

function addAsk(emergency: Command): void {
  emergency
    .command('ask')
    .description('ask for roles, or a view, beyond your file')
    .requiredOption('--officer <id>', 'who asks: an officer of policies/officers')
    .requiredOption('--key <file>', 'the private key of who asks, a JWK')
    .requiredOption('--reason <text>', 'why; stands in the log')
    .addOption(new Option('--roles <role>', 'a role; several: give it again').argParser(roleOf).default([]))
    .addOption(new Option('--sees <level>', 'metadata, content or resend; several: give it again').argParser(levelOf).default([]))
    .option('--hours <number>', `how long, ${MOST_HOURS} at most`, Number, USUAL_HOURS)
    .option('--json', 'print JSON')
    .action(ask)
}

export function command(): Command {
  const emergency = new Command('emergency')
    .description("roles and views beyond an officer's file, for a while")
    .addHelpText('after', EXAMPLES)
  addAsk(emergency)
  emergency
    .command('sign')
    .argument('<id>')
    .description('sign an approval and print it; needs no gateway')
    .requiredOption('--hash <hash>', 'of the request, as list shows it')
    .requiredOption('--officer <id>', 'who approves')
    .requiredOption('--key <file>', 'the private key of who approves, a JWK')
    .action(sign)
  emergency
    .command('approve')
    .argument('<id>')
    .description('approve what another officer asked for')
    .option('--officer <id>', 'who approves')
    .option('--key <file>', 'the private key of who approves, a JWK')
    .option('--jws <file>', 'what was signed elsewhere')
    .option('--json', 'print JSON')
    .action(approve)
  emergency
    .command('end')
    .argument('<id>')
    .description('end it before its time')
    .requiredOption('--officer <id>', 'who ends it: the one who asked, or a privacy officer')
    .option('--json', 'print JSON')
    .action(end)
  emergency
    .command('list')
    .description('what waits or stands, and the newest of what has ended')
    .option('--json', 'one JSON array')
    .action(list)
  return emergency
}
