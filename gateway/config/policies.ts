/**
/**
 * The folder of policies, read once at start: parties, officers, profiles, agreements with what was signed of them, and the policy of the log, each checked by
 * its schema, by its rules and against the others. All faults are listed at once; with any fault nothing is loaded, so nothing can be disclosed under half
 * a policy. An agreement read here is a draft: whether it is in force is for the signatures beside it and the database to say (exchange/agreement/agreements.ts).
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { certificateOf } from '../core/agreement/certificate.ts'
import { agreementFaults } from '../core/agreement/faults.ts'
import { roleFaults, sharedFaults } from '../core/agreement/officer-faults.ts'
import { keyFaults, partyFaults } from '../core/agreement/party-faults.ts'
import { type FolderPolicies, type HashedAgreement, type HashedProfile, type Policies, profileOf } from '../core/agreement/policies.ts'
import { contentHash, type Json } from '../core/digest.ts'
import { type Fault, PolicyError } from '../core/errors.ts'
import type { Agreement, Officer, Party } from '../generated/policy.ts'
import { inspectLogPolicy } from './log-policy.ts'
import { createPolicyReaders, nearest, type PolicyReaders, type Reader } from './policy-file.ts'
import { inspectProfiles } from './profiles.ts'

/** Throws PolicyError policy-invalid with every fault; paths start at the folder: `agreements/a/agreement.json#/k`. */
export function loadPolicies(dir: string): FolderPolicies {
  const { policies, faults } = inspectPolicies(dir)
  if (faults.length > 0) throw new PolicyError('policy-invalid', faults)
  return policies
}

/** What could be loaded, and everything that is wrong. */
function inspectPolicies(dir: string): { readonly policies: FolderPolicies; readonly faults: readonly Fault[] } {
  const readers = createPolicyReaders()
  const around = inspectSurroundings(dir, readers)
  const faults = [...around.faults]
  const agreements = new Map<string, HashedAgreement>()
  const approvals = new Map<string, readonly string[]>()
  for (const file of documentsIn(dir, 'agreements', 'agreement.json', faults)) {
    const found = inspectAgreement(join(dir, file), around.policies, readers)
    faults.push(...found.faults.map((fault) => within(file, fault)))
    if (found.agreement === null) continue
    agreements.set(found.agreement.agreement.id, found.agreement)
    approvals.set(found.agreement.agreement.id, signedWords(dir, dirname(file), faults))
  }
  const officers = loadOfficers(dir, readers.officer, faults)
  faults.push(...sharedAmong(officers, around.policies.parties))
  const { log, faults: logFaults } = inspectLogPolicy(dir, readers.log)
  faults.push(...logFaults)
  return { policies: { ...around.policies, agreements, approvals, officers, log }, faults }
}

/** What agreements refer to: parties and profiles, and everything that is wrong with those. */
export function inspectSurroundings(
  dir: string,
  readers: PolicyReaders = createPolicyReaders()
): { readonly policies: Pick<Policies, 'parties' | 'profiles'>; readonly faults: readonly Fault[] } {
  const faults: Fault[] = []
  return { policies: { parties: loadParties(dir, readers.party, faults), profiles: loadProfiles(dir, readers.profile, faults) }, faults }
}

/** One agreement in its surroundings. `agreement` is null when its shape is wrong; faults are then of its shape only. */
export function inspectAgreement(
  path: string,
  around: Pick<Policies, 'parties' | 'profiles'>,
  readers: PolicyReaders = createPolicyReaders()
): { readonly agreement: HashedAgreement | null; readonly faults: readonly Fault[] } {
  const read = readers.agreement(path)
  if ('faults' in read) return { agreement: null, faults: read.faults }
  const { document } = read
  const misplaced =
    document.id === basename(dirname(path)) ? [] : [{ path: '/id', message: 'must be the name of the folder the agreement is in' }]
  const judged = judgeAgreement(document, around)
  return { agreement: judged.agreement, faults: [...misplaced, ...judged.faults] }
}

/** A text whose shape is right, by its rules among what it refers to. */
export function judgeAgreement(
  document: Agreement,
  around: Pick<Policies, 'parties' | 'profiles'>
): { readonly agreement: HashedAgreement; readonly faults: readonly Fault[] } {
  const profile = profileOf(around, document)?.profile
  const certificate = profile === undefined ? null : certificateOf(profile)
  return {
    agreement: { agreement: document, hash: hashOf(document), certificate, state: 'draft' },
    faults: agreementFaults(document, { ...around, nearest })
  }
}

function loadParties(dir: string, read: Reader<Party>, faults: Fault[]): ReadonlyMap<string, Party> {
  const parties = new Map<string, Party>()
  for (const name of namesIn(dir, 'parties', faults).filter((entry) => entry.endsWith('.json'))) {
    const file = `parties/${name}`
    const found = read(join(dir, file))
    if ('faults' in found) {
      faults.push(...found.faults.map((fault) => within(file, fault)))
      continue
    }
    const party = found.document
    if (`${party.id}.json` !== name) faults.push(within(file, { path: '/id', message: 'must be the name of the file without .json' }))
    faults.push(...partyFaults(party).map((fault) => within(file, fault)))
    parties.set(party.id, party)
  }
  return parties
}

/** A house without officers approves nothing by itself: the folder need not be there. */
function loadOfficers(dir: string, read: Reader<Officer>, faults: Fault[]): ReadonlyMap<string, Officer> {
  const officers = new Map<string, Officer>()
  const names = existsSync(join(dir, 'officers')) ? namesIn(dir, 'officers', faults).filter((entry) => entry.endsWith('.json')) : []
  for (const name of names) {
    const file = `officers/${name}`
    const found = read(join(dir, file))
    if ('faults' in found) {
      faults.push(...found.faults.map((fault) => within(file, fault)))
      continue
    }
    const officer = found.document
    if (`${officer.id}.json` !== name) faults.push(within(file, { path: '/id', message: 'must be the name of the file without .json' }))
    faults.push(...keyFaults(officer.jwks.keys).map((fault) => within(file, fault)))
    officers.set(officer.id, officer)
  }
  return officers
}

/** Longer is no signed word (seal/approval.ts), and more than a few are not one of each. */
const WORD_BYTES = 8192
const WORDS = 16

/** The `approvals/*.jws` beside an agreement, as they stand. */
function signedWords(dir: string, folder: string, faults: Fault[]): readonly string[] {
  const place = `${folder}/approvals`
  if (!existsSync(join(dir, place))) return []
  const names = namesIn(dir, place, faults).filter((name) => name.endsWith('.jws'))
  if (names.length > WORDS) faults.push({ path: place, message: `holds more than ${WORDS} files` })
  return names.slice(0, WORDS).flatMap((name) => {
    const path = join(dir, place, name)
    if (statSync(path).size <= WORD_BYTES) return [readFileSync(path, 'utf8').trim()]
    faults.push({ path: `${place}/${name}`, message: 'is too large for a signed approval' })
    return []
  })
}

function loadProfiles(dir: string, read: PolicyReaders['profile'], faults: Fault[]): ReadonlyMap<string, HashedProfile> {
  const found = inspectProfiles(dir, documentsIn(dir, 'profiles', 'profile.json', faults), read)
  faults.push(...found.faults.map(({ file, ...fault }) => within(file, fault)))
  return found.profiles
}

function sharedAmong(officers: ReadonlyMap<string, Officer>, parties: ReadonlyMap<string, Party>): Fault[] {
  const others = { parties: [...parties.values()], officers: [...officers.values()] }
  const faultsOf = (officer: Officer): readonly Fault[] => [...sharedFaults(officer, others), ...roleFaults(officer, others.parties)]
  return others.officers.flatMap((officer) => faultsOf(officer).map((fault) => within(`officers/${officer.id}.json`, fault)))
}

/** `<kind>/<folder>/<name>` for each folder; a folder without the document is read anyway, and so reported. */
function documentsIn(dir: string, kind: string, name: string, faults: Fault[]): string[] {
  return namesIn(dir, kind, faults).map((folder) => `${kind}/${folder}/${name}`)
}

/** Sorted, without dot files; a missing folder is a fault, for it would read as "nothing is allowed" where something was meant. */
function namesIn(dir: string, kind: string, faults: Fault[]): string[] {
  try {
    return readdirSync(join(dir, kind))
      .filter((name) => !name.startsWith('.'))
      .sort()
  } catch {
    faults.push({ path: kind, message: 'the folder cannot be read' })
    return []
  }
}

function within(file: string, { path, message }: Fault): Fault {
  return { path: `${file}#${path}`, message }
}

/** Sound: it came from JSON.parse, so it is JSON. */
function hashOf(document: Agreement): string {
  return contentHash(document as unknown as Json)
}
