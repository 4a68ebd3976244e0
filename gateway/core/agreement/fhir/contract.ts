/**
 * An agreement as a FHIR R4 Contract: its parties, its terms in the sentences of `explain` (made from the object the engine runs), what is disclosed as assets, the
 * law it stands on, the document itself, and who signed it. Decides nothing; the agreement is what is signed.
 */
import type { Agreement } from '../../../generated/policy.ts'
import { canonicalJson, type Json } from '../../digest.ts'
import { RULE_OF } from '../draft.ts'
import { explainAgreement, type Section } from '../explain.ts'
import type { AgreementState } from '../life.ts'
import {
  type Around,
  coding,
  type Element,
  type Exported,
  identifiers,
  partyReference,
  periodOf,
  purposeCoding,
  typeCoding
} from './words.ts'

/** One of those who signed; `jws` verified before it was kept. */
export interface Signed {
  readonly as: string
  readonly officer: string
  readonly at: string
  readonly jws: string
}

const STATUS: Readonly<Record<AgreementState, string>> = {
  draft: 'negotiable',
  proposed: 'offered',
  approved: 'executable',
  active: 'executed',
  suspended: 'executable',
  expired: 'terminated',
  revoked: 'revoked',
  superseded: 'terminated'
}

const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem'

/** As whom → signer type (contractsignertypecodes), and purpose of the signature (ASTM E1762-95). */
const SIGNERS: ReadonlyMap<string, readonly [type: string, purpose: string, display: string]> = new Map([
  ['proposer', ['PRIMAUTH', '1.2.840.10065.1.12.1.1', "Author's Signature"]],
  ['source', ['GRANTOR', '1.2.840.10065.1.12.1.7', 'Consent Signature']],
  ['recipient', ['GRANTEE', '1.2.840.10065.1.12.1.7', 'Consent Signature']],
  ['privacy-officer', ['VERF', '1.2.840.10065.1.12.1.5', 'Verification Signature']]
])

export function contractOf(entry: Exported, around: Around, signed: readonly Signed[]): Element {
  const { agreement, state } = entry
  const { id, version, source, effective, expires, evidence } = agreement
  return {
    resourceType: 'Contract',
    id,
    identifier: identifiers(entry),
    version: String(version),
    status: STATUS[state],
    issued: effective,
    applies: periodOf(effective, expires),
    authority: [partyReference(source, around)],
    title: `Agreement ${id}, version ${version}`,
    scope: { coding: [purposeCoding(agreement.purposeOfUse)] },
    type: { coding: [coding(`${TERMINOLOGY}/contract-type`, 'disclosure')] },
    term: explainAgreement(entry, around).map((section, n) => termOf(section, n, entry, around)),
    ...(signed.length === 0 ? {} : { signer: signed.map((one) => signerOf(one, entry, around)) }),
    legal: [{ contentAttachment: textOf(`${RULE_OF[agreement.mode]}. ${agreement.legalReference}`) }],
    rule: [{ contentAttachment: documentOf(entry) }],
    ...(evidence === undefined ? {} : { supportingInfo: evidence.map(evidenceOf) })
  }
}

function termOf({ heading, duty, sentences }: Section, n: number, entry: Exported, around: Around): Element {
  const { source, recipient } = entry.agreement
  const party = (role: string, id: string): Element => ({ role: { text: role }, reference: [partyReference(id, around)] })
  return {
    identifier: { value: `${n + 1}` },
    type: { text: heading },
    ...(duty === null ? {} : { subType: { text: duty } }),
    offer: { party: [party('discloses', source), party('receives', recipient)], text: sentences.join('\n') },
    ...(heading === 'What may leave' ? { asset: assetsOf(entry) } : {})
  }
}

function assetsOf({ agreement: { resources, dateWindow } }: Exported): Element[] {
  const data = periodOf(dateWindow.from, dateWindow.to)
  return Object.entries(resources).map(([type, elements]) => ({
    type: [{ coding: [typeCoding(type)] }],
    condition: `Only these elements: ${elements.join(', ')}`,
    ...(Object.keys(data).length === 0 ? {} : { period: [data] })
  }))
}

function signerOf({ as, officer, at, jws }: Signed, { agreement }: Exported, around: Around): Element {
  const [type, purpose, display] = SIGNERS.get(as) ?? ['VERF', '1.2.840.10065.1.12.1.5', 'Verification Signature']
  const side = as === 'recipient' ? agreement.recipient : agreement.source
  return {
    type: coding(`${TERMINOLOGY}/contractsignertypecodes`, type),
    party: partyReference(side, around),
    signature: [
      {
        type: [coding('urn:iso-astm:E1762-95:2013', purpose, display)],
        when: at,
        who: { display: officer },
        targetFormat: 'application/json',
        sigFormat: 'application/jose',
        data: Buffer.from(jws).toString('base64')
      }
    ]
  }
}

/** A contract it stands on, by the digest of what was signed. */
function evidenceOf({ kind, id, digest }: NonNullable<Agreement['evidence']>[number]): Element {
  return { identifier: { type: { text: kind }, value: id }, display: digest }
}

function textOf(text: string): Element {
  return { contentType: 'text/plain', data: Buffer.from(text).toString('base64') }
}

/** Byte for byte what the hash is of. */
function documentOf({ agreement, hash }: Exported): Element {
  const bytes = Buffer.from(canonicalJson(agreement as unknown as Json)) // plain data
  return { contentType: 'application/json', data: bytes.toString('base64'), title: hash }
}
