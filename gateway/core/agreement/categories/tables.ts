/**
 * From a coding to the sensitive category it is of: the tables by code system, however that is spelt. Decides; a code whose system is not said is
 * looked for in every clinical table, for in doubt it is sensitive. A system that is not here has no table.
 */
import type { Json } from '../../digest.ts'
import type { Category } from './categories.ts'
import { DRUGS, LOINC, RXNORM, SNOMED } from './codes.ts'
import { icdCategory } from './icd.ts'
import { ACT_CODES, CONFIDENTIALITY } from './labels.ts'
import { systemOf } from './systems.ts'

type Find = (code: string, display: Json | undefined) => Category | null

/** `system` undefined: not said. */
export function categoryOf(system: Json | undefined, code: string, display: Json | undefined): Category | null {
  if (typeof system === 'string') return BY_SYSTEM.get(systemOf(system))?.(code, display) ?? null
  if (system !== undefined) return null
  return icdCategory(code) ?? snomed(code, display) ?? loinc(code, display) ?? rxnorm(code, display)
}

function exactly(rows: readonly (readonly [Category, string])[]): Find {
  const table = words(rows)
  return (code) => table.get(code) ?? null
}

function words(rows: readonly (readonly [Category, string])[]): ReadonlyMap<string, Category> {
  return new Map(rows.flatMap(([category, codes]) => codes.split(' ').map((code) => [code, category] as const)))
}

const snomed = exactly(SNOMED)
const loinc = exactly(LOINC)
const ingredients = exactly(RXNORM)
const drugNames = words(DRUGS)

/** By what the coding is called: every product, strength and package has a code of its own. */
const drug: Find = (_, display) => {
  if (typeof display !== 'string') return null
  for (const word of display.toLowerCase().split(/[^a-z]+/)) {
    const found = drugNames.get(word)
    if (found !== undefined) return found
  }
  return null
}

const rxnorm: Find = (code, display) => ingredients(code, display) ?? drug(code, display)

const BY_SYSTEM: ReadonlyMap<string, Find> = new Map([
  ['icd-10-cm', icdCategory],
  ['icd-10', icdCategory],
  ['icd-10-pcs', icdCategory],
  ['snomed', snomed],
  ['loinc', loinc],
  ['rxnorm', rxnorm],
  ['ndc', drug],
  ['atc', drug],
  ['v3-ActCode', exactly(ACT_CODES)],
  ['v3-Confidentiality', exactly(CONFIDENTIALITY)]
])
