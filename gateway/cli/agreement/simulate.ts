/**
 * `sallyport agreement simulate RECORDS --agreement A`: what the recipient would receive of these records now, and for each thing that stays in the rule that keeps it.
 * The gateway keeps none of them; that somebody looked is an entry, committed before anything is printed. Refuses an agreement with faults.
 */
import { createReadStream, existsSync } from 'node:fs'
import { loadWords } from '../../config/words.ts'
import { certificateOf } from '../../core/agreement/certificate.ts'
import { isActive } from '../../core/agreement/decide.ts'
import { type HashedAgreement, type Policies, profileOf } from '../../core/agreement/policies.ts'
import type { SourceText } from '../../core/deidentify/subject.ts'
import { PolicyError, RequestError } from '../../core/errors.ts'
import { readBody } from '../../exchange/body.ts'
import type { Group } from '../../exchange/gather.ts'
import type { Looked } from '../../exchange/simulate.ts'
import { runPasses, type Waiting } from '../deidentify/run.ts'
import { atDesk, type Desk } from '../desk.ts'
import { EXIT } from '../failures.ts'
import { inspectFile } from './locate.ts'

export interface Simulating {
  readonly agreement: string
  readonly policies?: string
  readonly json?: true
}

const MIB = 1024 * 1024
const LIMITS = { recordBytes: 10 * MIB, bundleBytes: 16 * MIB, depth: 64, memoryBytes: 64 * MIB }

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
  const { inForceHere } = await import('./in-force.ts')
  const { inspectSurroundings } = await import('../../config/policies.ts')
  const { policies: around, faults } = inspectSurroundings(policies ?? policiesDir)
  if (faults.length > 0) throw new PolicyError('policy-invalid', faults)
  const { agreement, hash, state } = await inForceHere(pool, named)
  const profile = profileOf(around, agreement)?.profile
  return { entry: { agreement, hash, state, certificate: profile === undefined ? null : certificateOf(profile) }, around }
}

/** As a bucket has them; the records are the source's. */
function groupOf({ subject, records, replaced }: Waiting, party: string): Group {
  const kept = ({ identity, read }: SourceText): Group['replaced'][number] => ({
    identity: { ...identity, party },
    from: { submission: '', arrived: 0 },
    text: Buffer.from(JSON.stringify(read())),
    exact: false
  })
  const all = new Map([...records].map(([name, source]) => [name, kept(source)] as const))
  return {
    subject: subject === null ? null : { ...subject, party },
    party,
    records: all,
    replaced: replaced.map(kept),
    superseded: 0,
    again: new Map()
  }
}

export async function simulate(file: string, options: Simulating): Promise<void> {
  const { recordSimulation, simulator } = await import('../../exchange/simulate.ts')
  const { looked, rejected, lapse } = await atDesk(async (desk) => {
    const { entry, around } = await askedOf(desk, options)
    const { agreement } = entry
    const profile = profileOf(around, agreement)?.profile
    if (profile === undefined) throw new RequestError('profile-mismatch')
    const at = new Date().toISOString()
    const simulation = { pool: desk.pool, ring: desk.ring, parties: around.parties, entry, profile, at, loadWords }
    const look = simulator(simulation)
    const looked: Looked[] = []
    const ownBases = around.parties.get(agreement.source)?.fhirBases ?? []
    const body = await readBody(createReadStream(file), { gzip: false }, { expansion: 1000, uploadBytes: Number.MAX_SAFE_INTEGER })
    const { rejected } = await runPasses({ ownBases, limits: LIMITS }, body.chunks, async (_, group) => {
      looked.push(...(await look(groupOf(group, agreement.source))))
    })
    await recordSimulation(simulation, desk.account, looked)
    return { looked, rejected, lapse: isActive(entry, at) }
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
