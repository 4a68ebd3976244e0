/** The shipped policies for tests: an agreement with changes, what stands around it, and a copy of the folder that a test may spoil. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadPolicies } from '../../gateway/config/policies.ts'
import { nearest } from '../../gateway/config/policy-file.ts'
import type { Around } from '../../gateway/core/agreement/faults.ts'
import type { HashedAgreement } from '../../gateway/core/agreement/policies.ts'
import { contentHash, type Json } from '../../gateway/core/digest.ts'
import type { Agreement } from '../../gateway/generated/policy.ts'

export const POLICIES = fileURLToPath(new URL('../../policies', import.meta.url))

/** The sealed demo agreement, with changes. */
export function agreementWith(changes: Partial<Agreement> = {}): Agreement {
  const path = join(POLICIES, 'agreements/demo-safe-harbor/agreement.json')
  return { ...(JSON.parse(readFileSync(path, 'utf8')) as Agreement), ...changes }
}

export function hashed(agreement: Agreement): HashedAgreement {
  return { agreement, hash: contentHash(agreement as unknown as Json) }
}

/** What the shipped agreements stand among. */
export function shippedAround(): Around {
  const { parties, profiles } = loadPolicies(POLICIES)
  return { parties, profiles, nearest }
}

/** Runs `use` on a copy of the shipped folder, which is then removed. */
export function onCopy<Result>(use: (dir: string) => Result): Result {
  const dir = mkdtempSync(join(tmpdir(), 'policies-'))
  try {
    cpSync(POLICIES, dir, { recursive: true })
    return use(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Replaces a text in a file of the copy; throws when it is not there. */
export function spoil(dir: string, file: string, from: string, to: string): void {
  const path = join(dir, file)
  const text = readFileSync(path, 'utf8')
  if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`)
  writeFileSync(
    path,
    text.replace(from, () => to)
  )
}
