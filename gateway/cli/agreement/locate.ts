/** An agreement named on the command line, among the policies it stands in. FILE may be its folder; the policies are two folders up unless named. Refuses nothing: faults are told. */
import { existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { inspectAgreement, inspectSurroundings } from '../../config/policies.ts'
import type { HashedAgreement, Policies } from '../../core/agreement/policies.ts'
import type { Fault } from '../../core/errors.ts'

interface Inspected {
  readonly path: string
  readonly around: Pick<Policies, 'parties' | 'profiles'>
  /** null when its shape is wrong */
  readonly agreement: HashedAgreement | null
  /** of the policies around it, and its own */
  readonly faults: readonly Fault[]
}

/** `parties`: those registered, where a database knows more than the folder. */
export function inspectFile(file: string, policies: string | undefined, parties?: Policies['parties']): Inspected {
  const named = resolve(file)
  const path = existsSync(named) && statSync(named).isDirectory() ? join(named, 'agreement.json') : named
  const around = inspectSurroundings(policies ?? resolve(dirname(path), '..', '..'))
  const among = { ...around.policies, ...(parties === undefined ? {} : { parties }) }
  const found = inspectAgreement(path, among)
  return { path, around: among, agreement: found.agreement, faults: [...around.faults, ...found.faults] }
}
