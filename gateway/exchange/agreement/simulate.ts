/**
 * What a recipient would receive of records that an officer presents, record by record, by the functions that release: consents and rosters as they are in the
 * database now, the agreement in its phase, the profile's engine. Keeps none of it, and each look is an entry. Decides nothing of its own; the risk gate judges whole
 * datasets and is not asked. Refuses to tell before it is recorded that it was asked.
 */
import { randomBytes } from 'node:crypto'
import type { Pool } from 'pg'
import { type Field, fieldReader } from '../../core/agreement/fields.ts'
import { termsAt } from '../../core/agreement/phases.ts'
import type { HashedAgreement } from '../../core/agreement/policies.ts'
import { decideRecord } from '../../core/agreement/record-decision.ts'
import { inScope } from '../../core/agreement/scope.ts'
import { ruleName } from '../../core/consent/words.ts'
import type { Decision } from '../../core/decision.ts'
import { compileProfile } from '../../core/deidentify/compile/compile.ts'
import { isRecordProfile, type Profile, type RecordProfile } from '../../core/deidentify/profile/profile.ts'
import { releaseSubject, type SourceText } from '../../core/deidentify/subject.ts'
import type { Code } from '../../core/errors.ts'
import type { Resource } from '../../core/fhir/resource.ts'
import type { Words } from '../../core/scrub/words/words.ts'
import type { Agreement, Party } from '../../generated/policy.ts'
import type { KeyRing } from '../../seal/keyring.ts'
import { consentNames, idsOf, linkedNames, memberNames, permitted, type Standing, standingUnder, termsOf } from '../consent/consent.ts'
import { rosterReader } from '../consent/roster.ts'
import { readKept } from '../kept.ts'
import { appendAnew } from '../log/log.ts'
import type { Group } from '../release/gather.ts'
import { runPasses, type Waiting } from './passes.ts'

export interface Simulation {
  readonly pool: Pool
  readonly ring: KeyRing
  readonly parties: ReadonlyMap<string, Party>
  readonly entry: HashedAgreement
  readonly profile: Profile
  /** ISO 8601, UTC */
  readonly at: string
  readonly loadWords: () => Words
}

/** Of one record, in the order of its group. */
export interface Looked {
  readonly type: string
  /** null: it would leave */
  readonly code: Code | null
  /** ids of the rules that decided */
  readonly rules: readonly string[]
  /** what would be received; null where it stays in */
  readonly receives: Resource | null
  readonly fields: readonly Field[]
}

/** What became of all that was presented. */
export interface Simulated {
  readonly looked: readonly Looked[]
  /** by code */
  readonly rejected: Readonly<Record<string, number>>
}

const MIB = 1024 * 1024
const LIMITS = { recordBytes: 10 * MIB, bundleBytes: 16 * MIB, depth: 64, memoryBytes: 64 * MIB }

/** Looks at all that is presented; the entry is committed when it resolves. RequestError for a body that cannot be read at all. */
export async function simulateAll(simulation: Simulation, account: string, chunks: AsyncIterable<Uint8Array>): Promise<Simulated> {
  const { parties, entry } = simulation
  const { source } = entry.agreement
  const look = simulator(simulation)
  const looked: Looked[] = []
  const { rejected } = await runPasses({ ownBases: parties.get(source)?.fhirBases ?? [], limits: LIMITS }, chunks, async (_, group) => {
    looked.push(...(await look(groupOf(group, source))))
  })
  await recordSimulation(simulation, account, looked)
  return { looked, rejected }
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

/** The function looks at all records of one subject. */
function simulator(simulation: Simulation): (group: Group) => Promise<Looked[]> {
  const { pool, ring, parties, entry, at } = simulation
  const { agreement } = termsAt(entry.agreement, at)
  const ownBases = parties.get(agreement.source)?.fhirBases ?? []
  const terms = termsOf(agreement, agreement, parties, at)
  const look = looker(simulation, agreement, ownBases)
  const naming = { ownBases, roles: new Map() }
  return async (group) => {
    const consents = [...new Set([...consentNames(ring, group.subject, idsOf(group)), ...linkedNames(ring, group, ownBases)])]
    const members = memberNames(ring, group)
    const standing = await standingUnder(pool, ring, consents)
    const against = consents.flatMap((name) => standing.get(name) ?? [])
    const keptIn = (rules: readonly Standing[]): Group => permitted(group, rules, terms, naming)?.group ?? { ...group, records: new Map() }
    const off = (await rosterReader(pool, agreement, at, [{ members }]))(group, members)
    const each = against.map((one) => ({ name: ruleName(one.rule), left: keptIn([one]) }))
    const backBy = (name: string): readonly string[] => {
      const names = [...new Set(each.filter(({ left }) => !left.records.has(name)).map((one) => one.name))]
      return names.length === 0 ? ['consent'] : names
    }
    return look(group, { left: keptIn(against), backBy }, off)
  }
}

/** The group without what consents keep back, and by the names of which rules of a record they do. */
interface Left {
  readonly left: Group
  readonly backBy: (name: string) => readonly string[]
}

type Look = (group: Group, left: Left, off: Code | null) => Looked[]

/** What stays in: why, by which rules. */
type Stays = readonly [code: Code, ...rules: readonly string[]]

/** `off`: why none of it leaves. */
function looker({ entry, profile, at, loadWords }: Simulation, agreement: Agreement, ownBases: readonly string[]): Look {
  const decide = decideRecord(entry, at)
  const release = isRecordProfile(profile) ? releaser({ agreement, profile, at, loadWords, ownBases }) : null
  const fieldsOf = isRecordProfile(profile) ? fieldReader(agreement, profile) : (): Field[] => []
  const rule = (member: string): string => `${agreement.id}@${agreement.version}/${member}`
  const staysBy = (record: Resource, off: Code | null): Stays | null => {
    if (off !== null) return [off, rule('roster')]
    const decision = decide(record)
    if (decision.verdict === 'deny') return [decision.reasons[0].code, ...decision.reasons.map((reason) => reason.rule)]
    return release === null ? ['aggregate-only', rule('mode')] : null
  }
  return (group, { left, backBy }, off) => {
    const made = off === null && release !== null ? release(left) : new Map<string, Resource | Code>()
    return [...group.records].map(([name, kept]): Looked => {
      const record = readKept(kept)
      const type = record.resourceType
      const out = made.get(name) ?? 'not-releasable'
      const stays: Stays | null = left.records.has(name) ? staysBy(record, off) : ['opted-out', ...backBy(name)]
      const [code, ...rules] =
        stays ?? (typeof out === 'string' ? [out, `${profile.name}@${profile.version}`] : [null, ...rulesOf(decide(record))])
      if (code !== null || typeof out === 'string') return { type, code, rules, receives: null, fields: [] }
      return { type, code, rules, receives: out, fields: fieldsOf(record, out) }
    })
  }
}

function rulesOf(decision: Decision<string>): readonly string[] {
  return decision.verdict === 'permit' ? decision.rules : []
}

interface Releasing extends Pick<Simulation, 'at' | 'loadWords'> {
  readonly agreement: Agreement
  readonly profile: RecordProfile
  readonly ownBases: readonly string[]
}

/** By the name of the record; secrets are of this look, so that no two can be linked. */
function releaser({ agreement, profile, at, loadWords, ownBases }: Releasing): (group: Group) => Map<string, Resource | Code> {
  const engine = compileProfile(profile, agreement.resources, null, loadWords)
  const scope = inScope(agreement)
  const sharedSecret = randomBytes(32)
  return ({ subject, records, replaced }) => {
    const names = [...records.keys()]
    const made = releaseSubject(engine, {
      at,
      secret: randomBytes(32),
      sharedSecret,
      surrogate: randomBytes(16).toString('hex'),
      identity: subject,
      shiftDays: subject === null ? null : 1 + (randomBytes(4).readUInt32BE() % 365),
      ownBases,
      records: [...records.values()].map((kept) => ({ identity: kept.identity, resource: readKept(kept) })),
      replaced: replaced.map((kept) => ({ read: () => readKept(kept) })),
      scope
    })
    const became = [
      ...made.released.map(({ index, resource }) => [index, resource] as const),
      ...made.withheld.map(({ index, code }) => [index, code] as const)
    ]
    return new Map(became.map(([index, out]) => [names[index] ?? '', out]))
  }
}

/** The entry of a look; MUST be committed before anything is shown. */
async function recordSimulation(
  { pool, entry, at }: Pick<Simulation, 'pool' | 'entry' | 'at'>,
  account: string,
  looked: readonly Looked[]
): Promise<void> {
  const { agreement, hash } = entry
  await appendAnew(pool, {
    v: 1,
    kind: 'agreement-simulated',
    at,
    agreement: agreement.id,
    policy: hash,
    source: agreement.source,
    recipient: agreement.recipient,
    records: looked.length,
    shown: looked.filter(({ receives }) => receives !== null).length,
    account
  })
}
