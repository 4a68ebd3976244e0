/**
 * What an agreement may not say, beyond its shape: every rule is a row of the table below and names its source. An agreement with any fault
 * does not load, so a condition that could not be enforced fails when it is signed, not when it is used.
 */
import type { Agreement, Party } from '../../generated/policy.ts'
import type { Fault } from '../errors.ts'
import { qualityFaults } from '../quality/faults.ts'
import { CLINICAL_DATES, UNDATED } from './clinical-dates.ts'
import { elementFaults, type Nearest, typeFaults } from './element-faults.ts'
import { matchFaults } from './held.ts'
import { indicatorFaults } from './indicator-faults.ts'
import { modeFaults } from './mode-faults.ts'
import { type Policies, profileKey, profileOf } from './policies.ts'
import { PURPOSES } from './purposes.ts'
import { evidenceFaults, filterFaults, phaseFaults, spanFaults } from './term-faults.ts'

/** What an agreement refers to. */
export type Around = Pick<Policies, 'parties' | 'profiles'> & { readonly nearest: Nearest }

type Rule = (agreement: Agreement, around: Around) => readonly Fault[]

/** All faults at once, in the order of the table, then those of each phase; none = the agreement can be enforced as it is written. */
export function agreementFaults(agreement: Agreement, around: Around): Fault[] {
  const judge = (text: Agreement): Fault[] => RULES.flatMap((rule) => rule(text, around))
  return [...judge(agreement), ...phaseFaults(agreement, judge)]
}

const RULES: readonly Rule[] = [
  datesAreReal,
  datesAreInOrder,
  (agreement, around) => [
    ...partyFaults('source', 'hospital', agreement, around),
    ...partyFaults('recipient', 'insurer', agreement, around)
  ],
  sendersAreKnown,
  purposeIsKnown,
  (agreement, { nearest }) => elementFaults(agreement.resources, nearest),
  (agreement, { nearest }) => typeFaults('/recipientHolds', agreement.recipientHolds, nearest),
  windowCanBeEnforced,
  profileIsKnown,
  modeFaults,
  matchFaults,
  transportOnlyIsSigned,
  sealedFormHasKey,
  fallbackIsInOrder,
  riskIsDeclared,
  filterFaults,
  spanFaults,
  evidenceFaults,
  indicatorFaults,
  qualityFaults
]

/** What is looked for, and the fault it is when it is there. */
type Finding = readonly [broken: boolean, path: string, message: string]

function faultsAmong(...findings: readonly Finding[]): Fault[] {
  return findings.filter(([broken]) => broken).map(([, path, message]) => ({ path, message }))
}

function isRealDate(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text)
}

function sendersAreKnown({ source, senders }: Agreement, { parties }: Around): Fault[] {
  return (senders ?? []).flatMap((id, n) =>
    faultsAmong(
      [parties.get(id)?.role !== 'hospital', `/senders/${n}`, 'must be a known party of the role hospital, who may send'],
      [id === source, `/senders/${n}`, 'is the source, which sends in its own name']
    )
  )
}

function datesAreReal(agreement: Agreement): Fault[] {
  const {
    effective,
    expires,
    dateWindow,
    releaseWindow,
    transportOnlySignedBy,
    noActualKnowledge,
    dataUseAgreement,
    phases,
    evidence,
    indicators
  } = agreement
  const dates: [string, string | null | undefined][] = [
    ['/effective', effective],
    ['/expires', expires],
    ['/dateWindow/from', dateWindow.from],
    ['/dateWindow/to', dateWindow.to],
    ['/releaseWindow/attestation/date', releaseWindow.attestation?.date],
    ['/noActualKnowledge/date', noActualKnowledge?.date],
    ['/dataUseAgreement/date', dataUseAgreement?.date],
    ['/dataUseAgreement/expires', dataUseAgreement?.expires],
    ...(phases ?? []).flatMap(({ from, to, dateWindow: window }, n): [string, string | null | undefined][] => [
      [`/phases/${n}/from`, from],
      [`/phases/${n}/to`, to],
      [`/phases/${n}/dateWindow/from`, window?.from],
      [`/phases/${n}/dateWindow/to`, window?.to]
    ]),
    ...(evidence ?? []).flatMap(({ date, expires: end }, n): [string, string | null][] => [
      [`/evidence/${n}/date`, date],
      [`/evidence/${n}/expires`, end]
    ]),
    ...(indicators ?? []).flatMap(({ period: { from, to } }, n): [string, string][] => [
      [`/indicators/${n}/period/from`, from],
      [`/indicators/${n}/period/to`, to]
    ]),
    ...transportOnlySignedBy.map(({ date }, index): [string, string] => [`/transportOnlySignedBy/${index}/date`, date])
  ]
  return faultsAmong(
    ...dates.map(([path, date]): Finding => [typeof date === 'string' && !isRealDate(date), path, 'is not a day of the calendar'])
  )
}

function datesAreInOrder({ effective, expires, dateWindow: { from, to } }: Agreement): Fault[] {
  return faultsAmong(
    [expires <= effective, '/expires', 'must be later than effective: expires is the first day no longer in force'],
    [from !== null && to !== null && to <= from, '/dateWindow/to', 'must be later than from: it is the first day that may no longer leave']
  )
}

function partyFaults(end: 'source' | 'recipient', role: Party['role'], agreement: Agreement, { parties, nearest }: Around): Fault[] {
  const party = parties.get(agreement[end])
  return faultsAmong(
    [party === undefined, `/${end}`, `names no party that is known${suggestion(nearest(agreement[end], parties.keys()))}`],
    [party !== undefined && party.role !== role, `/${end}`, `must be a party whose role is ${role}`]
  )
}

function purposeIsKnown({ purposeOfUse }: Agreement, { nearest }: Around): Fault[] {
  const near = suggestion(nearest(purposeOfUse, PURPOSES.keys()))
  return faultsAmong([!PURPOSES.has(purposeOfUse), '/purposeOfUse', `is not a code of HL7 v3 PurposeOfUse${near}`])
}

function windowCanBeEnforced({ resources, dateWindow: { from, to } }: Agreement): Fault[] {
  if (from === null && to === null) return []
  const message = 'has no clinical date, so the date window could not be enforced on it'
  const unplaced = (type: string): boolean => !CLINICAL_DATES.has(type) && !UNDATED.has(type)
  return faultsAmong(...Object.keys(resources).map((type): Finding => [unplaced(type), `/resources/${type}`, message]))
}

function profileIsKnown({ profile }: Agreement, { profiles, nearest }: Around): Fault[] {
  const key = profileKey(profile)
  const found = profiles.get(key)
  return faultsAmong(
    [found === undefined, '/profile', `there is no profile ${key}${suggestion(nearest(key, profiles.keys()))}`],
    [
      found !== undefined && found.hash !== profile.hash,
      '/profile/hash',
      `is not that of profile ${key}, which is ${found?.hash}: have a version of the agreement approved that names it, or take the old text back`
    ]
  )
}

function transportOnlyIsSigned({ sealedForm, transportOnlySignedBy: signed }: Agreement): Fault[] {
  const path = '/transportOnlySignedBy'
  const clear = sealedForm === 'transport-only'
  return faultsAmong(
    [clear && signed.length === 0, path, 'transport-only must be signed for by at least one officer, or choose c2sp'],
    [!clear && signed.length > 0, path, `must be empty when the sealed form is ${sealedForm}`]
  )
}

/** RFC 7517: a key to wrap for has use "enc". Keys that are elsewhere (jwksUri), or still to come (an empty set), are looked for at release. */
function sealedFormHasKey({ sealedForm, recipientKey, recipient }: Agreement, { parties, nearest }: Around): Fault[] {
  const clear = sealedForm === 'transport-only'
  const keys = parties.get(recipient)?.jwks?.keys ?? []
  const key = keys.find(({ kid }) => kid === recipientKey)
  const known = keys.filter(({ use }) => use === 'enc').map(({ kid }) => kid)
  const asked = !clear && recipientKey !== null && keys.length > 0
  return faultsAmong(
    [clear && recipientKey !== null, '/recipientKey', 'must be null when the sealed form is transport-only: nothing is wrapped'],
    [!clear && recipientKey === null, '/recipientKey', `must name a key of the recipient when the sealed form is ${sealedForm}`],
    [asked && key === undefined, '/recipientKey', `is no key of the recipient${suggestion(nearest(recipientKey ?? '', known))}`],
    [asked && key?.use === 'sig', '/recipientKey', 'names a key for signing; one with use "enc" is needed']
  )
}

function fallbackIsInOrder({ belowK, suppressionLimit }: Agreement): Fault[] {
  const order = 'must generalize before it suppresses: nobody is left to generalize after'
  const limit = 'must be 0 when belowK does not suppress: nobody may be suppressed'
  return faultsAmong(
    [belowK.indexOf('generalize') > belowK.indexOf('suppress') && belowK.includes('suppress'), '/belowK', order],
    [!belowK.includes('suppress') && suppressionLimit > 0, '/suppressionLimit', limit],
    [belowK.includes('refuse') && belowK.at(-1) !== 'refuse', '/belowK', 'must refuse last: nothing is left to be done after']
  )
}

/** What is asked of groups can be asked only of what the profile declares. */
function riskIsDeclared({ risk, profile }: Agreement, { profiles }: Around): Fault[] {
  const found = profileOf({ profiles }, { profile })?.profile
  if (risk === undefined || found === undefined) return []
  const declared = 'risk' in found ? found.risk : undefined
  const diversity = risk.l !== undefined || risk.entropyL !== undefined || risk.t !== undefined
  return faultsAmong(
    [declared === undefined, '/risk', 'asks what cannot be counted: the profile declares no quasi-identifiers (risk)'],
    [
      declared !== undefined && diversity && (declared.sensitive ?? []).length === 0,
      '/risk',
      'asks for l or t, and the profile declares nothing sensitive'
    ]
  )
}

function suggestion(word: string | null): string {
  return word === null ? '' : `; the nearest is ${word}`
}
