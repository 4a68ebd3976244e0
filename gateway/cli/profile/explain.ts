/** `sallyport profile explain`: what the profile does, to read and sign: one page, the identifiers of the law, and with --full every rule. Decides nothing. */
import { writeFileSync } from 'node:fs'
import { explainAggregate } from '../../core/aggregate/explain.ts'
import { compileProfile } from '../../core/deidentify/compile/compile.ts'
import { type Explanation, explainProfile } from '../../core/deidentify/explain/explain.ts'
import { isRecordProfile, type Profile } from '../../core/deidentify/profile/profile.ts'
import type { AggregateProfile } from '../../generated/policy.ts'
import { locateProfile } from '../deidentify/locate.ts'
import { type Document, htmlOf, textOf } from './document.ts'

interface Options {
  readonly json?: true
  readonly full?: true
  readonly html?: string
}

/** PolicyError policy-invalid: a profile that would not load is not explained. */
export function explain(name: string, options: Options): void {
  const { profile, hash } = locateProfile(name)
  const explanation = isRecordProfile(profile) ? explainProfile(compileProfile(profile, null)) : ofAggregate(profile)
  const document = documentOf(profile, hash, explanation, options)
  if (options.html !== undefined) writeFileSync(options.html, htmlOf(document))
  if (options.json === true) process.stdout.write(`${JSON.stringify(reportOf(profile, hash, explanation, options), null, 2)}\n`)
  else if (options.html === undefined) process.stdout.write(textOf(document))
}

/** No record leaves: no identifier has a place to stand. */
function ofAggregate(profile: AggregateProfile): Explanation {
  return { page: explainAggregate(profile), list: '', identifiers: [], detail: [] }
}

function documentOf(profile: Profile, hash: string, { page, list, identifiers, detail }: Explanation, { full }: Options): Document {
  const rows = identifiers.map(({ letter, law, stands, done }) => ({ name: `${letter} ${law}`, stands: stands.join(', '), done }))
  return {
    title: `Profile ${profile.name}, version ${profile.version}`,
    hash,
    sections: page,
    table:
      rows.length === 0 ? null : { heading: `The identifiers of ${list}, where each can stand in FHIR R4, and what is done there`, rows },
    detail: full === true ? detail : []
  }
}

function reportOf(
  { name, version, mode }: Profile,
  hash: string,
  { page, list, identifiers, detail }: Explanation,
  { full }: Options
): object {
  const rows = identifiers.map(({ letter, law, stands, done, places }) => ({
    letter,
    law,
    stands,
    done,
    ...(full === true ? { places: places.flatMap(({ spots }) => spots.map(({ path, deed }) => ({ path, done: deed }))) } : {})
  }))
  return { name, version, mode, hash, page, list, identifiers: rows, ...(full === true ? { detail } : {}) }
}
