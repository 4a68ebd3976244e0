/**
 * Security labels as consents name them: which labels of a record, or which sensitive categories that its codes put it into, a label stands for. A denial of a
 * label is one of all that is stricter, and of records that ought to have it. A label that no table knows stands for nothing.
 */
import { ACT_CODES } from '../agreement/categories/labels.ts'

/** HL7 v3 Confidentiality, from the least to the most. */
const CONFIDENTIALITY = ['U', 'L', 'M', 'N', 'R', 'V']

/** How a category stands among the labels of a record. */
export function categoryLabel(category: string): string {
  return `category:${category}`
}

/** null: not known. */
export function labelsLike(code: string, type: 'permit' | 'deny'): readonly string[] | null {
  const rank = CONFIDENTIALITY.indexOf(code)
  const categories = ACT_CODES.filter(([, labels]) => labels.split(' ').includes(code)).map(([category]) => categoryLabel(category))
  if (rank < 0 && categories.length === 0) return null
  if (type === 'permit') return [code]
  // most records have no label, and are normal
  return rank < 0 ? [code, ...categories] : [...CONFIDENTIALITY.slice(rank), ...(rank <= CONFIDENTIALITY.indexOf('N') ? [UNLABELLED] : [])]
}

/** Of a record without any label of confidentiality. */
export const UNLABELLED = 'unlabelled'
