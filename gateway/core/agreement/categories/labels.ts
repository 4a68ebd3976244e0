/**
 * Security labels that arrive with a record (FHIR R4 §6.1.0.1): which say that it is of a sensitive category. Decides by the code, whatever system the label names,
 * if any. A label that no table here knows is 'restricted': whoever labelled the record meant that it is not for everyone. Only what HL7 itself defines as
 * saying nothing of sensitivity says nothing. Sources (terminology.hl7.org, CC0): CodeSystem v3-ActCode 8.0.0 and 9.0.0, v3-Confidentiality, v3-ObservationValue,
 * v3-ActReason; value sets v3-ActUSPrivacyLaw, v3-RefrainPolicy, v3-ObligationPolicy; HL7 FHIR Data Segmentation for Privacy 1.0.0.
 */
import type { Json } from '../../digest.ts'
import { byWord, NONE, type Rows } from './beginnings.ts'
import type { Category } from './categories.ts'
import { systemOf } from './systems.ts'

/** HL7 v3 ActCode under _InformationSensitivityPolicy (2018-08-12, as FHIR R4 publishes it; CC0). */
export const ACT_CODES: readonly (readonly [Category, string])[] = [
  ['substance-use', 'ETH SUD ETHUD OPIOIDUD'],
  ['psychotherapy-notes', 'PSYTHPN'],
  ['hiv', 'HIV'],
  ['behavioural', 'BH COGN DVD EMOTDIS MH PSY'],
  ['reproductive', 'SEX STD PREGNANT'],
  ['genetic', 'GDIS SCA SICKLE'],
  ['violence', 'SDV MST VIO'],
  ['restricted', 'SPI TBOO DEMO DOB GENDER LIVARG MARST RACE REL B EMPL LOCIS SSP ADOL CEL DIA DRGIS EMP PDS PHY PRS COMPT HRCOMPT']
]

/** HL7 v3 Confidentiality: R and V, and the codes by kind of access and of information. L, M, N and U restrict nothing. */
export const CONFIDENTIALITY: Rows = [
  ['substance-use', 'ETH'],
  ['hiv', 'HIV'],
  ['behavioural', 'PSY'],
  ['violence', 'SDV'],
  ['restricted', 'R V B D I C S T']
]

/**
 * Laws of the United States (ActCode under _ActUSPrivacyLaw, and their consent directives), and the refrain that goes with 42 CFR Part 2 (2.32, no redisclosure).
 * 38 USC 7332 is of drug and alcohol use, HIV and sickle cell anemia. 45 CFR 164.522(a)(1)(vi): self-pay.
 */
export const LAWS: Rows = [
  ['substance-use', '42CFRPart2 42CFRPart2CD Title38Section7332 Title38Part1 NORDSCLCD NORDSLCD'],
  ['psychotherapy-notes', 'HIPAAPsyNotes'],
  ['hiv', 'Title38Section7332 Title38Part1'],
  ['genetic', 'Title38Section7332 Title38Part1'],
  ['restricted', 'HIPAASelfPay NORDSCLCD NORDSLCD']
]

/** What says nothing of sensitivity, as HL7 defines it. A refrain from disclosure (NOAUTH, NODSCLCD, ORCON …) is not among them: it is 'restricted'. */
const NEUTRAL: readonly string[] = [
  // Confidentiality: unrestricted, low, moderate, normal
  'U L M N',
  // ActCode: notice of privacy practices; obligations: how to handle what is received
  'HIPAANOPP AOD AUDIT AUDTR CPLYCC CPLYCD CPLYJPP CPLYOPP CPLYOSP CPLYPOL CPLYCUI DEID DELAU ENCRYPT ENCRYPTR ENCRYPTT ENCRYPTU HUAPRV LABEL DRIVLABEL PERSISTLABEL PROCESSINLINELABEL MINEC REDACT MASK ANONY PSEUD',
  // ActCode: refrains from what is done with it later, but not from giving it
  'NOCOLLECT NOINTEGRATE NOPERSISTP NORELINK NOREUSE',
  // ObservationValue: how it was altered, how whole and how reliable it is, and by whom it was reported and asserted
  'ABSTRED AGGRED ANONYED MAPPED MASKED PSEUDED REDACTED SUBSETTED SYNTAC TRSLT VERSIONED CRYTOHASH DIGSIG HRELIABLE RELIABLE UNCERTREL UNRELIABLE',
  'CLINAST DEVAST HCPAST PACQAST PATAST PAYAST PROAST SDMAST CLINRPT DEVRPT HCPRPT PACQRPT PATRPT PAYRPT PRORPT SDMRPT',
  // ActReason under PurposeOfUse, which R4 lists among its labels; test data
  'TREAT ETREAT BTG ERTREAT CAREMGT COC CLINTRL POPHLTH HTEST HOPERAT HPAYMT CLMATTCH COVAUTH COVERAGE ELIGDTRM ELIGVER ENROLLM REMITADV HOUTCOMS HPRGRP HQUALIMP PERFMSR PATSFTY PATADMIN MEMADMIN RECORDMGT HACCRED HCOMPL HDIRECT HSYSADMIN HRESCH PUBHLTH PATRQT FAMRQT'
]

const RESTRICTED: readonly Category[] = ['restricted']

const SENSITIVE: ReadonlyMap<string, readonly Category[]> = new Map(
  [...byWord([...ACT_CODES, ...CONFIDENTIALITY, ...LAWS])].map(([code, found]) => [code.toUpperCase(), found])
)
const NOT_SENSITIVE: ReadonlySet<string> = new Set(NEUTRAL.flatMap((codes) => codes.split(' ')))

/** Of one Coding that stands where labels stand, or of a code alone; never undefined: what is no label at all is 'restricted'. */
export function labelled(system: Json | undefined, code: Json | undefined): readonly Category[] {
  if (typeof code !== 'string') return RESTRICTED
  const plain = code.replace(/\s+/g, '').toUpperCase()
  return SENSITIVE.get(plain) ?? (NOT_SENSITIVE.has(plain) && isOfHl7(system) ? NONE : RESTRICTED)
}

/** A hospital's own N may mean anything. */
function isOfHl7(system: Json | undefined): boolean {
  return system === undefined || (typeof system === 'string' && systemOf(system).startsWith('v3-'))
}
