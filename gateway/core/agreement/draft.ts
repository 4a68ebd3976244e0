/**
 * The first text of an agreement, for people to go on from. Decides by denying: few elements, no sensitive category, a recipient taken to hold claims. What only a
 * person can attest or sign for is left null and told, so that no draft comes into force as it is.
 */
import type { Agreement } from '../../generated/policy.ts'
import { certificateOf } from './certificate.ts'
import type { HashedProfile, Policies } from './policies.ts'
import { PURPOSES } from './purposes.ts'

export type Mode = Agreement['mode']

/** What the author says. `at`: the moment it is drafted, UTC. */
export interface Asked extends Pick<Agreement, 'id' | 'source' | 'recipient' | 'purposeOfUse' | 'mode'> {
  readonly at: string
}

/** A text, and by its members what is left to do. */
export interface Draft {
  readonly agreement: Agreement
  readonly left: readonly (readonly [path: string, what: string])[]
}

const LEAST_CELL = 11
const YEAR = 'P1Y'
/** Of no text: `agreement check` says that there is no such profile. */
const NO_TEXT = `sha256:${'0'.repeat(64)}`

/** 45 CFR 164.514: the rule that each mode is. */
export const RULE_OF: Readonly<Record<Mode, string>> = {
  'safe-harbor': '45 CFR 164.514(b)(2)',
  'limited-data-set': '45 CFR 164.514(e)',
  'expert-determination': '45 CFR 164.514(b)(1)',
  'aggregate-only': '45 CFR 164.514(a)'
}

const ATTESTED: Readonly<Record<Mode, readonly (readonly [path: string, what: string])[]>> = {
  'safe-harbor': [
    ['/noActualKnowledge', 'who at the source attests (by, date, text, version) that nothing it knows identifies anyone: 164.514(b)(2)(ii)']
  ],
  'limited-data-set': [['/dataUseAgreement', 'id, days and every term of the data use agreement: 164.514(e)(4)(ii)']],
  'expert-determination': [],
  'aggregate-only': []
}

const ID = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** Why no text is made; null: one is. */
export function draftFault({ id, source, recipient, purposeOfUse }: Asked, { parties }: Pick<Policies, 'parties'>): string | null {
  const rows: readonly (readonly [fails: boolean, message: string])[] = [
    [!ID.test(id), 'An id is of small letters, digits and -, at most 63.'],
    [parties.get(source)?.role !== 'hospital', 'There is no such hospital among the parties (source).'],
    [parties.get(recipient)?.role !== 'insurer', 'There is no such insurer among the parties (recipient).'],
    [!PURPOSES.has(purposeOfUse), 'There is no such purpose in HL7 v3 PurposeOfUse, such as HPAYMT or HOPERAT.']
  ]
  return rows.find(([fails]) => fails)?.[1] ?? null
}

export function draftOf(asked: Asked, around: Pick<Policies, 'parties' | 'profiles'>): Draft {
  const { at, id, mode, source, recipient, purposeOfUse } = asked
  const found = newestOf(mode, around)
  const certificate = found === null ? null : certificateOf(found.profile)
  const effective = at.slice(0, 10)
  const key = encryptionKeyOf(recipient, around)
  const agreement: Agreement = {
    id,
    version: 1,
    mode,
    source,
    recipient,
    purposeOfUse,
    legalReference: `${RULE_OF[mode]}; the contract is to be named here`,
    effective,
    expires: yearAfter(effective),
    resources: { Patient: ['gender'], Encounter: ['status', 'class', 'subject', 'period'] },
    dateWindow: { from: effective, to: null },
    categories: { granted: [] },
    profile: { name: found?.profile.name ?? mode, version: found?.profile.version ?? 1, hash: found?.hash ?? NO_TEXT },
    k: Math.max(LEAST_CELL, certificate?.threshold.k ?? 0),
    belowK: ['generalize', 'suppress'],
    suppressionLimit: 0,
    releaseWindow: { every: YEAR, attestation: null },
    recipientHolds: ['Claim', 'ClaimResponse', 'Coverage', 'ExplanationOfBenefit'],
    noActualKnowledge: null,
    dataUseAgreement: null,
    sealedForm: 'c2sp',
    transportOnlySignedBy: [],
    recipientKey: key ?? 'to-be-registered',
    retention: { gatewayDays: 30, recipientDays: 365 }
  }
  return { agreement, left: [...ATTESTED[mode], ...toRead(key)] }
}

function toRead(key: string | null): Draft['left'] {
  return [
    ['/legalReference', 'the contract it stands on'],
    ['/effective', 'its first and last day: it begins today and lasts a year'],
    ['/resources', 'the least that the purpose needs, element by element: few are named'],
    ['/dateWindow', 'which events: only those from its first day on'],
    ['/recipientHolds', 'what the recipient holds of the same people: claims, it is taken'],
    [
      '/recipientKey',
      key === null ? 'the recipient has no encryption key here that is known by name: name one' : 'the first of its encryption keys'
    ],
    ['/k', 'how many must look alike, and what becomes of the rest'],
    ['/retention', 'how many days it is kept, on both sides']
  ]
}

/** The newest of that mode. */
function newestOf(mode: Mode, { profiles }: Pick<Policies, 'profiles'>): HashedProfile | null {
  const all = [...profiles.values()].filter(({ profile }) => profile.mode === mode)
  return all.sort((a, b) => b.profile.version - a.profile.version)[0] ?? null
}

/** kid; null: its keys are fetched from elsewhere, or it has none. */
function encryptionKeyOf(recipient: string, { parties }: Pick<Policies, 'parties'>): string | null {
  const keys = parties.get(recipient)?.jwks?.keys ?? []
  return keys.find(({ use }) => use === 'enc')?.kid ?? null
}

/** 29 February is followed by 1 March. */
function yearAfter(day: string): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return new Date(Date.UTC(year + 1, month - 1, date)).toISOString().slice(0, 10)
}
