/**
 * Codes as consents name them: whether a record is coded as a denial asks. Decides by the system however it is spelt (systems.ts); a coding without a system is of any,
 * and ICD codes are those of their chapter or block, too, with or without dots: who denies F10 denies F10.20.
 */
import { plain } from '../agreement/categories/beginnings.ts'
import { systemOf } from '../agreement/categories/systems.ts'

const ICD = new Set(['icd-10-cm', 'icd-9-cm', 'icd-10-pcs'])
const PCS = /^[0-9A-Z]{7}$/

function partsOf(system: string, code: string): readonly [name: string, code: string] {
  const name = systemOf(system)
  const short = plain(code)
  // WHO's has the same blocks, and the URI of the procedures is often taken for that of the diagnoses
  if (name === 'icd-10' || (name === 'icd-10-pcs' && !PCS.test(short))) return ['icd-10-cm', short]
  return [name, ICD.has(name) ? short : code.trim().toUpperCase()]
}

/** A coding, written so that the same codes are written alike; `system` '': it has none. */
export function codingName(system: string, code: string): string {
  return partsOf(system, code).join('|')
}

/** As a provision has it: system|code. */
function asked(coding: string): readonly [name: string, code: string] {
  const bar = coding.lastIndexOf('|')
  return partsOf(coding.slice(0, bar), coding.slice(bar + 1))
}

/** `own`: codings as codingName writes them. Exactly this one. */
export function isCoded(own: ReadonlySet<string>, coding: string): boolean {
  return own.has(asked(coding).join('|'))
}

/** This one, or in doubt. */
export function mayBeCoded(codings: ReadonlySet<string>, coding: string): boolean {
  const [name, code] = asked(coding)
  if (!ICD.has(name)) return codings.has(`${name}|${code}`) || codings.has(`|${code}`)
  for (const one of codings) {
    const bar = one.indexOf('|')
    const system = one.slice(0, bar)
    if ((system === name || system === '') && plain(one.slice(bar + 1)).startsWith(code)) return true
  }
  return false
}
