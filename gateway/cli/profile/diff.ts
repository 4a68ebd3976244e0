/** `sallyport profile diff OLD NEW`: what more and what less leaves under NEW than under OLD, in sentences. Ends with 1 where more does. Decides nothing else. */
import { diffAggregates } from '../../core/aggregate/diff.ts'
import { compileProfile } from '../../core/deidentify/compile/compile.ts'
import { type Change, type Direction, diffProfiles, type ProfileDiff, summed } from '../../core/deidentify/explain/diff.ts'
import { isRecordProfile, type Profile } from '../../core/deidentify/profile/profile.ts'
import { locateProfile } from '../deidentify/locate.ts'
import { EXIT } from '../failures.ts'

const HEADINGS: readonly (readonly [Direction, string])[] = [
  ['widens', 'More leaves'],
  ['may-widen', 'More may leave'],
  ['narrows', 'Less leaves'],
  ['neither', 'Said otherwise']
]
const VERDICTS: Readonly<Record<ProfileDiff['direction'], string>> = {
  widens: 'It widens: more leaves, or nothing shows that it does not.',
  narrows: 'It narrows: nothing leaves that did not, and some of it no more.',
  neither: 'It does neither: what leaves is the same.'
}

/** PolicyError policy-invalid: profiles that would not load are not compared. */
export function diff(oldName: string, newName: string, options: { readonly json?: true }): void {
  const [old, next] = [locateProfile(oldName), locateProfile(newName)]
  const found = compared(old.profile, next.profile)
  const report = { old: nameOf(old), new: nameOf(next), ...found }
  const text = [
    `${old.profile.name} ${old.profile.version} → ${next.profile.name} ${next.profile.version}`,
    VERDICTS[found.direction],
    ...HEADINGS.flatMap(([direction, heading]) =>
      section(
        heading,
        found.changes.filter((change) => change.direction === direction)
      )
    )
  ]
  process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : `${text.join('\n')}\n`)
  if (found.direction === 'widens') process.exitCode = EXIT.failure
}

function nameOf({ profile, hash }: { readonly profile: Profile; readonly hash: string }): object {
  return { name: profile.name, version: profile.version, mode: profile.mode, hash }
}

function compared(old: Profile, next: Profile): ProfileDiff {
  if (isRecordProfile(old)) {
    if (isRecordProfile(next)) return diffProfiles(compileProfile(old, null), compileProfile(next, null))
    return summed([{ direction: 'narrows', sentence: 'No record leaves any more, only indicators counted from them.', where: [] }])
  }
  if (!isRecordProfile(next)) return diffAggregates(old, next)
  return summed([{ direction: 'widens', sentence: 'Records leave; before, only indicators did.', where: [] }])
}

function section(heading: string, changes: readonly Change[]): string[] {
  return changes.length === 0 ? [] : ['', heading, ...changes.map(({ sentence }) => `  ${sentence}`)]
}
