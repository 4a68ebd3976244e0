/**
 * What is wrong with what a profile declares of risk: names given twice, paths that FHIR or the profile do not know, an element that two quasi-identifiers
 * coarsen (their levels could not be chosen apart), and what leaves of a Patient that no quasi-identifier looks at, for it would be counted by nobody.
 */
import type { Fault } from '../../errors.ts'
import { elementAt } from '../../fhir/types.ts'
import type { RecordProfile, RiskLevel, RiskRule } from './profile.ts'

type LevelFaults = (profile: RecordProfile, where: string, rules: RecordProfile['generalized']) => Fault[]

/** What leaves of a Patient and tells nobody who it is: surrogates, and marks of our own. */
const TELLS_NOBODY: ReadonlySet<string> = new Set(['meta', 'active', 'generalPractitioner', 'managingOrganization', 'link'])

export function riskFaults(profile: RecordProfile, levelFaults: LevelFaults): Fault[] {
  const { risk } = profile
  if (risk === undefined) return []
  const rows = rowsOf(risk)
  return [
    ...doubled(rows),
    ...rows.flatMap(({ at, from }) => from.flatMap((path, index) => pathFaults(profile, `${at}/from/${index}`, path))),
    ...rows.flatMap(({ at, levels }) => levels.flatMap(({ rules }, index) => levelFaults(profile, `${at}/levels/${index}/rules`, rules))),
    ...rows.flatMap(({ at, edges }) =>
      edges.some((edge, index) => edge <= (edges[index - 1] ?? -Infinity)) ? [fault(`${at}/edges`, RISE)] : []
    ),
    ...shared(rows),
    ...foreign(risk),
    ...uncounted(profile, risk)
  ]
}

const RISE = 'must rise from edge to edge'

interface Row {
  readonly at: string
  readonly name: string
  readonly from: readonly string[]
  readonly levels: readonly RiskLevel[]
  readonly edges: readonly number[]
}

function rowsOf({ quasiIdentifiers, sensitive = [], patterns = [] }: RiskRule): Row[] {
  return [
    ...quasiIdentifiers.map(({ name, from, levels }, index) => ({ at: `/risk/quasiIdentifiers/${index}`, name, from, levels, edges: [] })),
    ...patterns.map((row, index) => ({
      at: `/risk/patterns/${index}`,
      name: row.name,
      from: row.kind === 'visits' ? [] : row.from,
      levels: row.kind === 'rare-code' ? row.levels : [],
      edges: row.kind === 'rare-code' ? [] : row.edges
    })),
    ...sensitive.map(({ name, from }, index) => ({ at: `/risk/sensitive/${index}`, name, from, levels: [], edges: [] }))
  ]
}

function fault(path: string, message: string): Fault {
  return { path, message }
}

function doubled(rows: readonly Row[]): Fault[] {
  return rows.flatMap(({ at, name }, index) =>
    rows.findIndex((row) => row.name === name) < index ? [fault(`${at}/name`, 'is the name of another one, too')] : []
  )
}

function pathFaults(profile: RecordProfile, at: string, path: string): Fault[] {
  const [type = '', ...names] = path.split('.')
  if (!Object.hasOwn(profile.resources, type)) return [fault(at, `${type} never leaves under this profile`)]
  if (names[0] === 'extension' && names.length === 2) {
    const known = profile.extensions.some(({ url }) => url.endsWith(`/${names[1] ?? ''}`))
    return known ? [] : [fault(at, 'is no extension that leaves')]
  }
  return elementAt(type, names) === null ? [fault(at, 'is not an element of FHIR R4')] : []
}

/** One element in the levels of two: which of both would be done? */
function shared(rows: readonly Row[]): Fault[] {
  const paths = rows.map(({ levels }) => new Set(levels.flatMap(({ rules }) => Object.keys(rules))))
  return rows.flatMap(({ at }, index) =>
    [...(paths[index] ?? [])].flatMap((path) =>
      paths.slice(0, index).some((others) => [...others].some((other) => isWithin(path, other) || isWithin(other, path)))
        ? [fault(`${at}/levels`, `${path} is made coarser by another one, too`)]
        : []
    )
  )
}

function isWithin(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}.`)
}

function foreign({ quasiIdentifiers }: RiskRule): Fault[] {
  return quasiIdentifiers.flatMap(({ from }, index) =>
    from.flatMap((path, at) =>
      path.startsWith('Patient.')
        ? []
        : [fault(`/risk/quasiIdentifiers/${index}/from/${at}`, 'is not of the Patient: what events show is a pattern')]
    )
  )
}

function uncounted({ resources, extensions }: RecordProfile, { quasiIdentifiers }: RiskRule): Fault[] {
  const from = quasiIdentifiers.flatMap((row) => row.from)
  const elements = (resources['Patient']?.keep ?? []).map((path) => path.split('.')[0] ?? '').filter((name) => !TELLS_NOBODY.has(name))
  const seen = (name: string): boolean => from.some((path) => path.split('.')[1]?.startsWith(name.replace('[x]', '')) === true)
  const missing = [
    ...elements.filter((name) => !seen(name)),
    ...extensions
      .filter(({ on }) => on.includes('Patient'))
      .map(({ url }) => `extension.${url.split('/').at(-1) ?? ''}`)
      .filter((name) => !from.includes(`Patient.${name}`))
  ]
  return [...new Set(missing)].map((name) => fault('/risk/quasiIdentifiers', `none looks at Patient.${name}, which leaves`))
}
