/**
 * Security labels as consents name them: which labels of a record, or which sensitive categories that its codes put it into, a label stands for. A denial of a
 * label is one of all that is stricter, and of records that ought to have it. A label that no table knows stands for nothing.
 */
import { byWord } from '../agreement/categories/beginnings.ts'
import { ACT_CODES, CONFIDENTIALITY, LAWS } from '../agreement/categories/labels.ts'
import { systemOf } from '../agreement/categories/systems.ts'
import type { Json } from '../digest.ts'

/** HL7 v3 Confidentiality, from the least to the most. */
const RANKS = ['U', 'L', 'M', 'N', 'R', 'V']

const CATEGORIES: ReadonlyMap<string, readonly string[]> = new Map(
  [...byWord([...ACT_CODES, ...CONFIDENTIALITY, ...LAWS])].map(([code, found]) => [plain(code), found.map(categoryLabel)])
)
const KNOWN = new Set(['v3-ActCode', 'v3-Confidentiality', 'v3-ActUSPrivacyLaw'])

/** Of a record without any label of confidentiality, and of one with. */
export const UNLABELLED = 'unlabelled'
export const LABELLED = 'labelled'

function plain(code: string): string {
  return code.replace(/\s+/g, '').toUpperCase()
}

/** How a category stands among the labels of a record. */
export function categoryLabel(category: string): string {
  return `category:${category}`
}

/** How a label of a record stands among them: by its code, whatever its system. */
export function labelNames(system: Json | undefined, code: string): readonly string[] {
  const name = plain(code)
  const ranked = RANKS.includes(name) && (system === undefined || (typeof system === 'string' && systemOf(system) === 'v3-Confidentiality'))
  return ranked ? [name, LABELLED] : [name]
}

/** What a label in a provision stands for. null: not known. */
export function labelsLike(system: string, code: string, type: 'permit' | 'deny'): readonly string[] | null {
  const name = plain(code)
  const rank = RANKS.indexOf(name)
  const categories = CATEGORIES.get(name) ?? []
  if (!KNOWN.has(systemOf(system)) || (rank < 0 && categories.length === 0)) return null
  if (type === 'permit') return [name]
  // most records have no label, and are normal
  return rank < 0 ? [name, ...categories] : [...RANKS.slice(rank), ...(rank <= RANKS.indexOf('N') ? [UNLABELLED] : [])]
}

/** Has a record a label that is stricter than all of these? Then a permission of these is none of it. */
export function isStricter(labels: ReadonlySet<string>, permitted: readonly string[]): boolean {
  const most = Math.max(...permitted.map((label) => RANKS.indexOf(label)))
  if (most < 0) return false
  return RANKS.slice(most + 1).some((label) => labels.has(label)) || (most < RANKS.indexOf('R') && labels.has(categoryLabel('restricted')))
}
