/**
 * `sallyport agreement simulate RECORDS --agreement A`: what the recipient would receive of these records now, and for each thing that stays in the rule that keeps it.
 * The gateway keeps none of them; that somebody looked is an entry, committed before anything is printed. Refuses an agreement with faults.
 */
import { createReadStream, existsSync } from 'node:fs'
import { loadWords } from '../../config/words.ts'
import { certificateOf } from '../../core/agreement/certificate.ts'
import { isActive } from '../../core/agreement/decide.ts'
import { type HashedAgreement, type Policies, profileOf } from '../../core/agreement/policies.ts'
import { PolicyError, RequestError } from '../../core/errors.ts'
import { readBody } from '../../exchange/accept/body.ts'
import type { Looked } from '../../exchange/agreement/simulate.ts'
import { atDesk, type Desk } from '../desk.ts'
import { EXIT } from '../failures.ts'
import { policiesHere } from '../known-parties.ts'
import { inspectFile } from './locate.ts'

export interface Simulating {
  readonly agreement: string
  readonly policies?: string
  readonly json?: true
}

interface Asked {
  readonly entry: HashedAgreement
  readonly around: Pick<Policies, 'parties' | 'profiles'>
}

/** A file or folder is a draft; an id is what is in force here. */
async function askedOf({ pool, policiesDir }: Desk, { agreement: named, policies }: Simulating): Promise<Asked> {
  if (existsSync(named)) {
    const { agreement, around, faults } = inspectFile(named, policies)
    if (agreement === null || faults.length > 0) throw new PolicyError('policy-invalid', faults)
    return { entry: { ...agreement, state: 'active' }, around }
  }
  const { inForceHere } = await import('../../exchange/agreement/in-force.ts')
  const { inspectSurroundings } = await import('../../config/policies.ts')
  const { policies: around, faults } = inspectSurroundings(policies ?? policiesDir)
  if (faults.length > 0) throw new PolicyError('policy-invalid', faults)
  const { agreement, hash, state } = await inForceHere(pool, named)
  const profile = profileOf(around, agreement)?.profile
  return { entry: { agreement, hash, state, certificate: profile === undefined ? null : certificateOf(profile) }, around }
}

export async function simulate(file: string, options: Simulating): Promise<void> {
  const { simulateAll } = await import('../../exchange/agreement/simulate.ts')
  const { looked, rejected, lapse } = await atDesk(async (desk) => {
    const { entry, around } = await askedOf(desk, options)
    const profile = profileOf(around, entry.agreement)?.profile
    if (profile === undefined) throw new RequestError('profile-mismatch')
    const at = new Date().toISOString()
    const parties = options.policies === undefined ? (await policiesHere(desk)).parties : around.parties
    const simulation = { pool: desk.pool, ring: desk.ring, parties, entry, profile, at, loadWords }
    const body = await readBody(createReadStream(file), { gzip: false }, { expansion: 1000, uploadBytes: Number.MAX_SAFE_INTEGER })
    return { ...(await simulateAll(simulation, desk.account, body.chunks)), lapse: isActive(entry, at) }
  })
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ inForce: lapse ?? 'yes', records: looked, rejected }, null, 2)}\n`
      : `${told(looked, rejected, lapse)}\n`
  )
  if (Object.keys(rejected).length > 0) process.exitCode = EXIT.failure
}

function told(looked: readonly Looked[], rejected: Readonly<Record<string, number>>, lapse: string | null): string {
  const rows = looked.flatMap((one) => [
    `${one.type}: ${one.code === null ? `would leave (${one.rules.join(', ')})` : `stays in, ${one.code} (${one.rules.join(', ')})`}`,
    ...one.fields.map(({ path, becomes, rule }) => `  ${path}: ${becomes}${rule === null ? '' : ` (${rule})`}`),
    ...(one.receives === null ? [] : [`  received: ${JSON.stringify(one.receives)}`])
  ])
  const refused = Object.entries(rejected).map(([code, n]) => `${n} could not be read: ${code}`)
  return [
    ...(lapse === null ? [] : [`The agreement is not in force now, so nothing would leave (${lapse}). Were it in force:`]),
    ...rows,
    ...refused,
    'Whether enough patients look alike is judged of whole datasets, and was not asked.'
  ].join('\n')
}
