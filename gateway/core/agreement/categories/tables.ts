/**
 * From the code system of a coding to the table that says which sensitive categories its codes are of. Decides; a system that is not said, or that is none of these,
 * is looked up in every clinical table, for in doubt a code is sensitive.
 */
import type { Json } from '../../digest.ts'
import { byWord, type Find, NONE, type Rows } from './beginnings.ts'
import { anyClaimCode, icd9, icd10pcs, procedure } from './claims.ts'
import { LOINC, RXNORM, SNOMED } from './codes.ts'
import { icd10 } from './icd.ts'
import { ACT_CODES, CONFIDENTIALITY } from './labels.ts'
import { systemReader } from './systems.ts'

/** Blanks around a code say nothing. */
function exactly(rows: Rows): Find {
  const table = byWord(rows)
  return (code) => table.get(code.trim()) ?? NONE
}

const ICD10 = /^\s*[A-TV-Z]\d[0-9AB](?:\.?[0-9A-Z]{1,4})?\s*$/i

const single = exactly([...SNOMED, ...LOINC, ...RXNORM])

/** Every code that is listed has a digit, but for some of ICD-10-PCS, which end in Z. */
const LIKE_ANY = /\d|Z$/i

const every: Find = (code) => {
  if (!LIKE_ANY.test(code)) return NONE
  const found = [...single(code), ...(ICD10.test(code) ? icd10(code) : NONE), ...anyClaimCode(code)]
  return found.length === 0 ? NONE : found
}

const none: Find = () => NONE

const BY_SYSTEM: ReadonlyMap<string, Find> = new Map([
  ['icd-10-cm', icd10],
  ['icd-10', icd10],
  // the URI of it is often taken for that of the diagnoses
  ['icd-10-pcs', (code) => (/^\s*[0-9A-Z]{7}\s*$/i.test(code) ? icd10pcs(code) : icd10(code))],
  ['icd-9-cm', icd9],
  ['hcpcs', procedure],
  ['cpt', procedure],
  ['snomed', exactly(SNOMED)],
  ['loinc', exactly(LOINC)],
  ['rxnorm', exactly(RXNORM)],
  ['v3-ActCode', exactly(ACT_CODES)],
  ['v3-Confidentiality', exactly(CONFIDENTIALITY)],
  // of these no code is sensitive: drugs are found by name
  ...['ndc', 'atc', 'cvx', 'ucum', 'cdc-race', 'v3-ActReason', 'v3-ObservationValue'].map((system) => [system, none] as const)
])

/** The function finds the table for what a Coding gives as its system. For one reader, which remembers systems. */
export function tablesBySystem(): (system: Json | undefined) => Find {
  const nameOf = systemReader()
  return (system) => (typeof system === 'string' ? BY_SYSTEM.get(nameOf(system)) : undefined) ?? every
}
