/**
 * What the members that narrow an agreement may not say: value sets on elements that hold no code, phases that overlap or leave its days, limits over no time,
 * evidence that never was in force. A row of faults.ts each.
 */
import type { Agreement } from '../../generated/policy.ts'
import type { Fault } from '../errors.ts'
import { TYPES, type TypeDef } from '../fhir/types.ts'
import { inPhase } from './phases.ts'
import { before } from './window.ts'

const CODED: ReadonlySet<string> = new Set(['CodeableConcept', 'Coding'])

/** Every filter is on a type that may leave, and on an element that holds codes. */
export function filterFaults({ codeFilters, resources }: Agreement): Fault[] {
  return Object.entries(codeFilters ?? {}).flatMap(([type, elements]) => {
    const path = `/codeFilters/${type}`
    if (resources[type] === undefined) return [{ path, message: 'is no type of resources: a filter on what stays in says nothing' }]
    return Object.keys(elements)
      .filter((name) => !CODED.has(typeAt(type, name.split('.')) ?? ''))
      .map((name) => ({ path: `${path}/${name}`, message: 'is no element of that type that holds codes (CodeableConcept or Coding)' }))
  })
}

function typeAt(type: string, names: readonly string[]): string | undefined {
  let at: TypeDef | undefined = TYPES.get(type)
  let found: string | undefined
  for (const name of names) {
    found = at?.elements.get(name)?.types[0]
    at = TYPES.get(found ?? '')
  }
  return found
}

/** `judge`: every other rule, of the agreement as it reads in a phase; what is wrong without the phase is not said again. */
export function phaseFaults(agreement: Agreement, judge: (agreement: Agreement) => readonly Fault[]): Fault[] {
  const { phases, ...whole } = agreement
  if (phases === undefined) return []
  const known = new Set(judge(whole).map(({ path, message }) => `${path} ${message}`))
  return phases.flatMap((phase, n) => {
    const path = `/phases/${n}`
    const inside = judge(inPhase(whole, phase)).filter((fault) => !known.has(`${fault.path} ${fault.message}`))
    return [
      ...(phase.to <= phase.from ? [{ path: `${path}/to`, message: 'must be later than from: it is the first day after the phase' }] : []),
      ...(phase.from < agreement.effective || phase.to > agreement.expires
        ? [{ path, message: 'must lie within the days of the agreement, from effective to expires' }]
        : []),
      ...(phases.some((other, m) => m < n && other.from < phase.to && phase.from < other.to)
        ? [{ path, message: 'overlaps an earlier one: on no day may two hold' }]
        : []),
      ...(phases.some((other, m) => m < n && other.name === phase.name)
        ? [{ path: `${path}/name`, message: 'is the name of an earlier one' }]
        : []),
      ...inside.map((fault) => ({ path: `${path}${fault.path}`, message: fault.message }))
    ]
  })
}

const START = new Date(0)
const DAY_MS = 86_400_000

function isNoTime(duration: string): boolean {
  return before(START, duration).getTime() === 0
}

export function spanFaults({ limits, reattestation }: Agreement): Fault[] {
  const spans = [
    ['/limits/period', limits?.period],
    ['/reattestation/every', reattestation?.every]
  ] as const
  const short = reattestation !== undefined && !isNoTime(reattestation.every) && before(START, reattestation.every).getTime() > -DAY_MS
  return [
    ...spans.flatMap(([path, span]) => (span !== undefined && isNoTime(span) ? [{ path, message: 'must be longer than no time' }] : [])),
    ...(short ? [{ path: '/reattestation/every', message: 'must be a day at least: it is attested by days' }] : [])
  ]
}

export function evidenceFaults({ evidence }: Agreement): Fault[] {
  return (evidence ?? []).flatMap(({ date, expires }, n) =>
    expires !== null && expires <= date
      ? [{ path: `/evidence/${n}/expires`, message: 'must be later than date: expires is the first day no longer in force' }]
      : []
  )
}
