/**
 * `sallyport agreement sign|propose|approve|reject|reattest|suspend|resume|revoke|history`: what is done to an agreement, and by whom. Signs with a key of the speaker's
 * own, or takes what was signed elsewhere. Refuses what the gateway would refuse; what it does is in force on every replica within two seconds.
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { Option } from 'commander'
import { APPROVERS } from '../../core/agreement/approval.ts'
import type { HashedAgreement, Policies } from '../../core/agreement/policies.ts'
import { asciiJson } from '../../core/audit/ascii.ts'
import { OperatorHint, PolicyError, RequestError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import type { OfficersAct } from '../../exchange/agreement/agreement-acts.ts'
import type { AgreementRoom } from '../../exchange/agreement/agreement-words.ts'
import type { Outcome } from '../../exchange/agreement/agreements.ts'
import type { Approval } from '../../generated/policy.ts'
import { atDesk, type Desk } from '../desk.ts'
import { withWord } from '../hold.ts'
import { policiesHere, registryHere } from '../known-parties.ts'
import { inspectFile } from './locate.ts'

const EXAMPLES = `
A version comes into force by four signatures: of who proposes it, of the source, of the recipient and of a privacy officer. Four people, four keys.

Examples:
  npx sallyport agreement sign policies/agreements/readmissions --as proposer --officer demo-author --key author-sig.jwk > proposal.jws
  npx sallyport agreement propose policies/agreements/readmissions --jws proposal.jws
  npx sallyport agreement approve readmissions --as source --officer "Example Officer, Demo Hospital" --key demo-hospital-sig.jwk
  npx sallyport agreement approve readmissions --jws signed-by-the-insurer.jws
  npx sallyport agreement reject readmissions --as privacy-officer --officer demo-privacy-officer --key officer-sig.jwk
  npx sallyport agreement reattest readmissions --officer demo-privacy-officer --key officer-sig.jwk
  npx sallyport agreement suspend readmissions --officer "Privacy Office" --reason "incident 7"
  npx sallyport agreement resume readmissions --officer demo-privacy-officer --key officer-sig.jwk --reason "incident 7 is closed"
  npx sallyport agreement revoke readmissions --officer "Privacy Office" --reason "the contract has ended"
  npx sallyport agreement history readmissions --json
Or lay the four files of \`sign\` into policies/agreements/<id>/approvals/ and start the gateway.

Exit codes: 0 done; 1 refused: the code in brackets says why; 2 faults, or a wrong option; 3 no such agreement; 75 try again later.`

interface Signing {
  readonly key?: string
  readonly as?: Approval['as']
  readonly officer?: string
  readonly jws?: string
  readonly json?: true
}

type Spoken = Pick<Approval, 'agreement' | 'version' | 'hash' | 'decision'>

/** What was signed elsewhere, or is signed here and now. */
async function wordOf(spoken: Spoken, { key, as, officer, jws }: Signing): Promise<string> {
  if (jws !== undefined) return readFileSync(jws, 'utf8').trim()
  if (key === undefined || as === undefined || officer === undefined)
    throw new RequestError('bad-request', 'Give --jws, or --as, --officer and --key.')
  const { signApproval } = await import('../../seal/approval.ts')
  try {
    return signApproval({ v: 1, ...spoken, as, officer, at: new Date().toISOString() }, JSON.parse(readFileSync(key, 'utf8')))
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
    throw new OperatorHint('--key must be a private JWK with a kid, RSA or P-384: sallyport keys generate --party makes one')
  }
}

function spokenOf({ agreement, hash }: HashedAgreement, decision: Approval['decision']): Spoken {
  return { agreement: agreement.id, version: agreement.version, hash, decision }
}

async function roomOf(desk: Desk): Promise<AgreementRoom> {
  const { pool, now, registry, keysOf } = await registryHere(desk)
  return { pool, policies: await policiesHere(desk), registry, now, keysOf }
}

function tell({ agreement, version, hash, state }: Outcome, { json }: { readonly json?: true }): void {
  const said = { agreement, version, hash, state }
  process.stdout.write(json === true ? `${asciiJson(said)}\n` : `${agreement} version ${version} is ${state} (${hash})\n`)
}

/** Without faults, or it is not signed. */
function wholeOf(file: string, policies: string | undefined, parties?: Policies['parties']): HashedAgreement {
  const { agreement, faults } = inspectFile(file, policies, parties)
  if (agreement === null || faults.length > 0) throw new PolicyError('policy-invalid', faults)
  return agreement
}

async function sign(
  file: string,
  options: Signing & { readonly policies?: string; readonly decision?: Exclude<Approval['decision'], 'propose'> }
): Promise<void> {
  const decision = options.as === 'proposer' ? 'propose' : (options.decision ?? 'approve')
  process.stdout.write(`${await wordOf(spokenOf(wholeOf(file, options.policies), decision), options)}\n`)
}

async function proposeFile(file: string, options: Signing): Promise<void> {
  const { propose } = await import('../../exchange/agreement/agreements.ts')
  const outcome = await atDesk(async (desk) => {
    const entry = wholeOf(file, desk.policiesDir, (await policiesHere(desk)).parties)
    return propose(await roomOf(desk), entry, await wordOf(spokenOf(entry, 'propose'), { ...options, as: 'proposer' }))
  })
  tell(outcome, options)
}

/** The version in force or suspended is attested; what is approved is the newest. */
function isSpokenOf({ state }: { readonly state: string }, decision: Approval['decision']): boolean {
  return decision !== 'reattest' || state === 'active' || state === 'suspended'
}

async function decide(id: string, decision: 'approve' | 'reject' | 'reattest', options: Signing): Promise<void> {
  const { speak } = await import('../../exchange/agreement/agreements.ts')
  const { reattest } = await import('../../exchange/agreement/reattestation.ts')
  const { versionsTold } = await import('../../exchange/agreement/agreement-history.ts')
  const outcome = await atDesk(async (desk) => {
    const version = (await versionsTold(desk.pool, id)).findLast((told) => isSpokenOf(told, decision))
    if (version === undefined) throw new RequestError('agreement-unknown')
    const spoken = { agreement: id, version: version.version, hash: version.hash, decision }
    const { claimOf } = await import('../../seal/approval.ts')
    const jws = await wordOf(spoken, options)
    const claim = claimOf(jws)
    if (claim.agreement !== id) throw new RequestError('approval-of-another')
    if (claim.decision !== decision) throw new RequestError('bad-request', 'What was signed is another decision.')
    return decision === 'reattest' ? reattest(await roomOf(desk), jws) : speak(await roomOf(desk), jws)
  })
  tell(outcome, options)
}

type Acting = Pick<Signing, 'key' | 'jws' | 'json'> & { readonly officer: string; readonly reason: string }

async function act(id: string, what: OfficersAct, word: Acting): Promise<void> {
  const { actOn } = await import('../../exchange/agreement/agreement-acts.ts')
  const { officer, reason } = word
  const outcome = await atDesk(async (desk) => {
    const signed = await signedAct(desk, id, what, word)
    return actOn(await roomOf(desk), id, what, { as: 'privacy-officer', officer, reason, account: desk.account, ...signed })
  })
  tell(outcome, word)
}

/** What stops may be unsigned; what puts in force again is a privacy officer's signed word. */
async function signedAct({ pool }: Desk, id: string, what: OfficersAct, word: Acting): Promise<{ readonly jws?: string }> {
  if (what === 'suspend' || (what === 'revoke' && word.key === undefined && word.jws === undefined)) return {}
  const { versionsTold } = await import('../../exchange/agreement/agreement-history.ts')
  const { claimOf } = await import('../../seal/approval.ts')
  const version = (await versionsTold(pool, id)).findLast(({ state }) => what === 'revoke' || state === 'suspended')
  if (version === undefined) throw new RequestError('out-of-state')
  const spoken = { agreement: id, version: version.version, hash: version.hash, decision: what }
  const jws = await wordOf(spoken, { ...word, as: 'privacy-officer' })
  if (claimOf(jws).officer !== word.officer) throw new RequestError('bad-request', 'Give as --officer the officer who signed.')
  return { jws }
}

async function history(id: string, options: { readonly json?: true }): Promise<void> {
  const { historyOf } = await import('../../exchange/agreement/agreement-history.ts')
  const { termsOfStanding } = await import('../../exchange/agreement/attested.ts')
  const found = await atDesk(async (desk) => {
    const room = await roomOf(desk)
    return { ...(await historyOf(room, id, desk.account)), attest: await termsOfStanding(room, id) }
  })
  if (options.json === true) {
    process.stdout.write(`${asciiJson(found)}\n`)
    return
  }
  const lines = found.versions.flatMap(({ version, hash, state, since, signed }) => [
    `version ${version}  ${state} since ${since}  ${hash}`,
    ...signed.map(({ as, officer, decision, at, key }) => `  ${at}  ${decision} as ${as}: ${officer} (key ${key})`)
  ])
  const told = found.entries.map((entry) => `${entry['at']}  ${entry['kind']}  version ${entry['version']}${reasonOf(entry)}`)
  const due = found.attest.map(({ what, due, lapsed }) => `${what}: attested anew before ${due}, or it is ${lapsed}`)
  process.stdout.write(`${[...lines, '', ...due, ...told].map(printable).join('\n')}\n`)
}

function reasonOf({ officer, reason }: { readonly [member: string]: unknown }): string {
  return typeof reason === 'string' ? `  ${String(officer)}: ${reason}` : ''
}

function withSignature(command: Command, roles: readonly string[]): Command {
  const signing = command
    .option('--jws <file>', 'what was signed elsewhere')
    .option('--officer <name>', 'who signs: the id of an officer of the house, or name and office')
    .option('--key <file>', 'the private key of who signs, a JWK')
  return (roles.length === 0 ? signing : signing.addOption(new Option('--as <role>', 'in which capacity').choices(roles))).addHelpText(
    'after',
    EXAMPLES
  )
}

const ACTS: readonly (readonly [OfficersAct, string])[] = [
  ['suspend', 'stop it: nothing comes in or goes out, and jobs rest'],
  ['resume', 'put a suspended agreement in force again, by the signed word of a privacy officer (--officer: the id); its jobs go on'],
  ['revoke', 'end it for good']
]

/** Adds these commands to `agreement`. */
export function addLife(agreement: Command): void {
  const file = ['<file>', 'an agreement.json, or the folder it is in'] as const
  withSignature(agreement.command('sign').argument(...file), ['proposer', ...APPROVERS])
    .description('sign a proposal, approval or rejection and print it; needs no gateway')
    .addOption(new Option('--decision <word>', 'what is said of it').choices(['approve', 'reject', 'reattest', 'resume', 'revoke']))
    .option('--policies <dir>', 'the folder with parties/ and profiles/ (otherwise two folders above the agreement)')
    .action(sign)
  withSignature(agreement.command('propose').argument(...file), [])
    .description('propose a version')
    .option('--json', 'print JSON')
    .action((path: string, options: Signing) => proposeFile(resolve(path), options))
  for (const decision of ['approve', 'reject'] as const)
    withSignature(agreement.command(decision).argument('<id>'), APPROVERS)
      .description(`${decision} the version that is proposed`)
      .option('--json', 'print JSON')
      .action((id: string, options: Signing) => decide(id, decision, options))
  withSignature(agreement.command('reattest').argument('<id>'), [])
    .description('attest the version in force anew, and the profile it names, as a privacy officer')
    .option('--json', 'print JSON')
    .action((id: string, options: Signing) => decide(id, 'reattest', { ...options, as: 'privacy-officer' }))
  for (const [what, says] of ACTS) {
    const command = withWord(agreement.command(what).argument('<id>').description(says)).option('--json', 'print JSON')
    if (what !== 'suspend')
      command.option('--key <file>', "the privacy officer's own key, a JWK: signs it").option('--jws <file>', 'what was signed elsewhere')
    command.addHelpText('after', EXAMPLES).action((id: string, word: Acting) => act(id, what, word))
  }
  agreement
    .command('history')
    .argument('<id>')
    .description('its versions, who signed each, and what the log says')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(history)
}
