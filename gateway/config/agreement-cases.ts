/** The golden cases beside an agreement, read and run. A case that cannot be read counts as failed; no folder of cases is no case. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isExpected, type Outcome, outcomeOf } from '../core/agreement/cases.ts'
import type { HashedAgreement } from '../core/agreement/policies.ts'
import type { AgreementCase } from '../generated/policy.ts'
import { createPolicyReaders } from './policy-file.ts'

export interface CaseResult {
  readonly file: string
  /** what the case shows, or what is wrong with its file */
  readonly rule: string
  readonly passed: boolean
  readonly expected: AgreementCase['expect'] | null
  readonly got: Outcome | null
}

/** `folder` is the agreement's own; its cases are the JSON files in cases/. */
export function runAgreementCases(folder: string, entry: HashedAgreement): CaseResult[] {
  const cases = join(folder, 'cases')
  if (!existsSync(cases)) return []
  const { agreementCase } = createPolicyReaders()
  const files = readdirSync(cases)
    .filter((name) => name.endsWith('.json'))
    .sort()
  return files.map((file) => {
    const read = agreementCase(join(cases, file))
    if ('faults' in read) {
      const rule = read.faults.map(({ path, message }) => `${path} ${message}`.trim()).join('; ')
      return { file, rule, passed: false, expected: null, got: null }
    }
    const { rule, expect } = read.document
    const got = outcomeOf(entry, read.document)
    return { file, rule, passed: isExpected(got, read.document), expected: expect, got }
  })
}
