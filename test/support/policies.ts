/** The shipped policies for tests: an agreement with changes, what stands around it, and a copy of the folder that a test may spoil. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadPolicies } from '../../gateway/config/policies.ts'
import { createPolicyReaders, nearest } from '../../gateway/config/policy-file.ts'
import { inspectProfiles } from '../../gateway/config/profiles.ts'
import type { Around } from '../../gateway/core/agreement/faults.ts'
import type { AgreementState } from '../../gateway/core/agreement/life.ts'
import { type HashedAgreement, type HashedProfile, profileKey } from '../../gateway/core/agreement/policies.ts'
import type { Certificate } from '../../gateway/core/deidentify/profile/profile.ts'
import { contentHash, type Json } from '../../gateway/core/digest.ts'
import type { Agreement } from '../../gateway/generated/policy.ts'

export const POLICIES = fileURLToPath(new URL('../../policies', import.meta.url))

/** The sealed demo agreement, with changes. Its attestation is of whatever version it then has, unless that is changed, too. */
export function agreementWith(changes: Partial<Agreement> = {}): Agreement {
  const path = join(POLICIES, 'agreements/demo-safe-harbor/agreement.json')
  const model = JSON.parse(readFileSync(path, 'utf8')) as Agreement
  return { ...model, noActualKnowledge: attestedAnew(model, changes), ...changes }
}

/** The attestation of `model`, of the version that `changes` make of it. */
export function attestedAnew(model: Agreement, changes: Readonly<Record<string, unknown>>): Agreement['noActualKnowledge'] {
  const version = typeof changes['version'] === 'number' ? changes['version'] : model.version
  return model.noActualKnowledge === null ? null : { ...model.noActualKnowledge, version }
}

export function hashed(agreement: Agreement, certificate: Certificate | null = null, state: AgreementState = 'active'): HashedAgreement {
  return { agreement, hash: contentHash(agreement as unknown as Json), certificate, state }
}

/** A certificate, and a data use agreement with every term of 45 CFR 164.514(e)(4)(ii): both in force from 2026 to 2030. */
export const CERTIFICATE: Certificate = {
  id: 'TEST-CERTIFICATE-1',
  expert: 'Test Expert, Test Statistics Office',
  method: 'k-anonymity of the characteristics that leave, judged by the test itself',
  threshold: { k: 3, risk: 0.33 },
  every: 'P30D',
  issued: '2026-01-01',
  expires: '2030-01-01',
  demo: false
}
export const DATA_USE: NonNullable<Agreement['dataUseAgreement']> = {
  id: 'Test Data Use Agreement 7',
  date: '2026-01-01',
  expires: '2030-01-01',
  terms: {
    permittedUses: 'Research on readmissions, and nothing that the source could not do itself.',
    permittedUsers: 'The research group of the recipient, and nobody else.',
    noFurtherUse: 'No use or disclosure beyond this agreement or what the law requires.',
    safeguards: 'Kept encrypted, on machines that only the research group can reach.',
    reportsUnpermitted: 'Any other use or disclosure is reported to the source within a day.',
    agentsBound: 'Agents who are given any of it agree to the same in writing.',
    noReidentification: 'Nobody is identified from it, and nobody in it is contacted.'
  }
}

/** As an agreement names it: of the folder `dir`, the shipped one where none is given. */
export function profileIn(dir: string, name: string, version: number): Agreement['profile'] {
  const files = readdirSync(join(dir, 'profiles')).map((profile) => `profiles/${profile}/profile.json`)
  const { profiles } = inspectProfiles(dir, files, createPolicyReaders().profile)
  const found = profiles.get(profileKey({ name, version }))
  if (found === undefined) throw new Error(`no profile ${name}@${version}`)
  return { name, version, hash: found.hash }
}

export function shippedProfile(name: string): Agreement['profile'] {
  return profileIn(POLICIES, name, 1)
}

/** The profile of a mode among `aroundWith()`: its hash is that of Safe Harbor's text, which it was made of. */
export function testProfile(mode: Agreement['mode']): Agreement['profile'] {
  return { ...shippedProfile('safe-harbor'), name: `test-${mode}` }
}

/** What each mode asks of the sealed demo agreement, so that it loads among `aroundWith()`. */
const OF_MODE: { readonly [mode in Agreement['mode']]: Partial<Agreement> } = {
  'safe-harbor': {},
  'limited-data-set': { noActualKnowledge: null, dataUseAgreement: DATA_USE, purposeOfUse: 'HRESCH' },
  'expert-determination': { noActualKnowledge: null },
  'aggregate-only': { noActualKnowledge: null, k: 11 }
}

/** An agreement of a mode, with changes. Its profile is one of `aroundWith()`. */
export function agreementOf(mode: Agreement['mode'], changes: Partial<Agreement> = {}): Agreement {
  const profile = mode === 'safe-harbor' ? {} : { profile: testProfile(mode) }
  return agreementWith({ mode, ...profile, ...OF_MODE[mode], ...changes })
}

/** The shipped surroundings, and a profile of each other mode: Safe Harbor's own under another name, which is all that an agreement asks of one. */
export function aroundWith(): Around {
  const around = shippedAround()
  const model = around.profiles.get('safe-harbor@1')
  if (model === undefined) throw new Error('no safe-harbor@1')
  const of = (mode: Agreement['mode'], more: object = {}): [string, HashedProfile] => {
    const profile = { ...model.profile, name: `test-${mode}`, mode, ...more } as HashedProfile['profile'] // only its mode and certificate are looked at
    return [`test-${mode}@1`, { ...model, profile }]
  }
  const others = [of('limited-data-set'), of('expert-determination', { certificate: CERTIFICATE }), of('aggregate-only')]
  return { ...around, profiles: new Map([...around.profiles, ...others]) }
}

/** What the shipped agreements stand among. */
export function shippedAround(): Around {
  const { parties, profiles } = loadPolicies(POLICIES)
  return { parties, profiles, nearest }
}

/** Runs `use` on a copy of the shipped folder, which is then removed. */
export function onCopy<Result>(use: (dir: string) => Result): Result {
  const dir = mkdtempSync(join(tmpdir(), 'policies-'))
  try {
    cpSync(POLICIES, dir, { recursive: true })
    return use(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Replaces a text in a file of the copy; throws when it is not there. */
export function spoil(dir: string, file: string, from: string, to: string): void {
  const path = join(dir, file)
  const text = readFileSync(path, 'utf8')
  if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`)
  writeFileSync(
    path,
    text.replace(from, () => to)
  )
}
