/**
 * The part of an agreement's sentences that narrows what may leave beyond elements and dates: sensitive categories, value sets, roster, limits, and the phases in
 * which any of it reads otherwise. Decides nothing: the sentences of a phase are made from the agreement as the gateway runs it in that phase.
 */
import type { Agreement } from '../../generated/policy.ts'
import { CATEGORIES, MISSED_BY_ALL } from './categories/categories.ts'
import type { ValueSet } from './codes.ts'
import { BY_DAY } from './diff-members.ts'
import { inPhase } from './phases.ts'

export function sensitive({ categories }: Agreement): string[] {
  const granted = new Set(categories?.granted)
  const rows = [...CATEGORIES]
  const said = rows.filter(([name]) => granted.has(name)).map(([name, { says, law }]) => `Granted, ${name}: ${says} (${law}) may leave.`)
  const kept = rows.filter(([name]) => !granted.has(name))
  return [
    ...(said.length === 0 ? ['No sensitive category is granted.'] : said),
    ...kept.map(
      ([name, { says, law, sources, misses }]) =>
        `Not granted, ${name}: a record with a code or label of ${says} stays in (${law}). Codes: ${sources}. Not found by them: ${misses}`
    ),
    ...(kept.length === 0 ? [] : [`Of no category is found: ${MISSED_BY_ALL}`])
  ]
}

export function filters({ codeFilters, roster }: Agreement): string[] {
  const sets = Object.entries(codeFilters ?? {}).flatMap(([type, elements]) =>
    Object.entries(elements).map(([path, set]) => `A ${type} leaves only if its ${path} has one of these codes: ${codes(set.in)}.`)
  )
  return [...sets, ...(roster === undefined ? [] : [rostered(roster)])]
}

function codes(set: ValueSet): string {
  return set.map(({ system, codes: list }) => `${list.join(', ')} of ${system}`).join('; ')
}

function rostered(roster: NonNullable<Agreement['roster']>): string {
  if ('group' in roster)
    return `Only records of members of the Group ${roster.group} leave, as its source loaded it; who is not on it is left out whole.`
  if ('submitted' in roster)
    return `Of each submission only records of patients leave whom its own Group ${roster.submitted} names as members on the day it is closed; who is not on it is left out whole, and without such a Group everybody is.`
  const { payor, types } = roster.coverage
  const of = types === undefined ? '' : ` and is of type ${codes(types)}`
  return `Only records of patients leave who on the day of release have an active Coverage whose payor is ${payor}${of}, among what was sent.`
}

export function limited({ limits }: Agreement): string[] {
  if (limits === undefined) return []
  const { period, ...counts } = limits
  const said = Object.entries(counts).map(([what, count]) => `${count} ${what}`)
  return [`In any span of ${period} at most ${said.join(' and ')} are released; a dataset that would go beyond is refused.`]
}

/** `say`: the sentences about what may leave. */
export function phased(agreement: Agreement, say: (agreement: Agreement) => string[]): string[] {
  const { phases } = agreement
  if (phases === undefined) return []
  const always = new Set(say(agreement))
  return [
    'What counts is the moment of release. A dataset that is being made when a phase begins is released only if that phase lets all of it leave.',
    ...phases.flatMap((phase) => {
      const members = BY_DAY.filter((member) => phase[member as keyof typeof phase] !== undefined)
      const other = say(inPhase(agreement, phase)).filter((sentence) => !always.has(sentence))
      const first = `In the phase ${phase.name}, from ${phase.from} up to, but not on, ${phase.to}, ${members.length === 0 ? 'nothing reads' : `${members.join(', ')} read`} otherwise.`
      return [first, ...other.map((sentence) => `Then: ${sentence}`)]
    })
  ]
}
