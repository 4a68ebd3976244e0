/** `sallyport profile check`: every fault of a profile, and its golden cases by the engine that releases. Decides nothing but how the command ends. */
import { readdirSync } from 'node:fs'
import { isRecordProfile, type Profile } from '../../core/deidentify/profile/profile.ts'
import type { Fault } from '../../core/errors.ts'
import { type AggregateCaseResult, runAggregateCases } from '../deidentify/aggregate-cases.ts'
import { type ProfileCaseResult, runProfileCases } from '../deidentify/cases.ts'
import { inspectProfile, SHIPPED } from '../deidentify/locate.ts'
import { EXIT } from '../failures.ts'

interface Checked {
  readonly profile: string
  readonly valid: boolean
  readonly hash: string | null
  readonly faults: readonly Fault[]
  readonly cases: readonly Omit<ProfileCaseResult, 'got'>[]
}

/** Those named, or all that ship. Ends with 2 when one has faults, 1 when a case failed. */
export function check(names: readonly string[], options: { readonly json?: true }): void {
  const checked = (names.length > 0 ? names : shipped()).map(checkOne)
  const [first] = checked
  const report = checked.length === 1 ? first : checked
  process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : checked.map(told).join(''))
  if (checked.some(({ valid }) => !valid)) process.exitCode = EXIT.usage
  else if (checked.some(({ cases }) => cases.some(({ passed }) => !passed))) process.exitCode = EXIT.failure
}

function shipped(): string[] {
  return readdirSync(SHIPPED, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
}

function checkOne(profile: string): Checked {
  const { path, found, faults } = inspectProfile(profile)
  const valid = found !== null && faults.length === 0
  const cases = valid ? casesOf(path, found.profile) : []
  return { profile, valid, hash: found?.hash ?? null, faults, cases: cases.map(({ got: _, ...result }) => result) }
}

function casesOf(path: string, profile: Profile): readonly (ProfileCaseResult | AggregateCaseResult)[] {
  return isRecordProfile(profile) ? runProfileCases(path, profile) : runAggregateCases(path, profile)
}

function told({ profile, valid, hash, faults, cases }: Checked): string {
  const failed = cases.filter(({ passed }) => !passed)
  const lines = [
    ...faults.map((fault) => `${fault.path === '' ? '(file)' : fault.path}: ${fault.message}`),
    ...failed.flatMap(({ file, rule, differences }) => [`cases/${file}: ${rule}`, ...differences.map((line) => `  ${line}`)]),
    valid ? `${profile} can be run as written: ${hash}` : `${profile} has ${counted(faults.length, 'fault')}, and would not load`,
    `${counted(cases.length, 'case')}, ${failed.length} failed`
  ]
  return `${lines.join('\n')}\n`
}

function counted(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}
