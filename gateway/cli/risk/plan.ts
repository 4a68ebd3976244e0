/**
 * What is to be measured: the options of the command over those of the --config file. Refuses a config with faults (PolicyError, all listed), and
 * thresholds for sensitive values where no sensitive column is named.
 */
import { createPolicyReaders } from '../../config/policy-file.ts'
import { type Fault, PolicyError, RequestError } from '../../core/errors.ts'
import type { Distance } from '../../core/risk/measure/diversity.ts'
import { type Hierarchy, hierarchyFault } from '../../core/risk/search/hierarchies.ts'
import type { MetricName } from '../../core/risk/search/loss.ts'
import type { Generalisation, RiskPlan } from '../../generated/policy.ts'

/** What the command line gave; what it did not give is not there. */
export interface Options {
  readonly qi?: readonly string[]
  readonly sensitive?: readonly string[]
  readonly k?: number
  readonly l?: number
  readonly entropyL?: number
  readonly t?: number
  readonly suppress?: number
  readonly metric?: MetricName
  readonly missing?: 'class' | 'wildcard'
  readonly population?: number
  readonly threshold?: number
  readonly config?: string
  /** false after --no-search */
  readonly search: boolean
  readonly out?: string
  readonly html?: string
  readonly json?: true
}

export interface Sensitive {
  readonly name: string
  readonly distance: Distance
}

/** What the data must hold. */
export interface Asked {
  readonly k?: number
  readonly l?: number
  readonly entropyL?: number
  readonly t?: number
}

export interface Plan {
  /** null: by the names of the columns */
  readonly quasi: readonly string[] | null
  readonly hierarchies: ReadonlyMap<string, Hierarchy>
  readonly sensitive: readonly Sensitive[]
  readonly asked: Asked
  readonly suppress: number
  readonly metric: MetricName
  readonly missing: 'class' | 'wildcard'
  readonly population: number | null
  readonly threshold: number
  readonly search: boolean
}

/** The k that is looked for when none is asked, and whose inverse is the threshold: CMS tells no cell of fewer than 11. */
export const DEFAULT_K = 11

export function planOf(options: Options): Plan {
  const config = options.config === undefined ? {} : readConfig(options.config)
  const declared = config.quasiIdentifiers === undefined ? null : Object.keys(config.quasiIdentifiers)
  const sensitive = sensitiveOf(options, config)
  const asked = askedOf(options, config)
  if (sensitive.length === 0 && (asked.l ?? asked.entropyL ?? asked.t) !== undefined)
    throw new RequestError('bad-request', 'Name the sensitive columns with --sensitive: l and t are asked of them.')
  return {
    quasi: options.qi ?? declared,
    hierarchies: hierarchiesOf(config),
    sensitive,
    asked,
    suppress: options.suppress ?? config.suppress ?? 0,
    metric: options.metric ?? config.metric ?? 'loss',
    missing: options.missing ?? config.missing ?? 'class',
    population: options.population ?? config.population ?? null,
    threshold: options.threshold ?? config.threshold ?? 1 / (asked.k ?? DEFAULT_K),
    search: options.search
  }
}

function readConfig(path: string): RiskPlan {
  const read = createPolicyReaders().risk(path)
  if ('faults' in read) throw new PolicyError('policy-invalid', read.faults)
  return read.document
}

function askedOf(options: Options, config: RiskPlan): Asked {
  const [k, l] = [options.k ?? config.k, options.l ?? config.l]
  const [entropyL, t] = [options.entropyL ?? config.entropyL, options.t ?? config.t]
  return {
    ...(k === undefined ? {} : { k }),
    ...(l === undefined ? {} : { l }),
    ...(entropyL === undefined ? {} : { entropyL }),
    ...(t === undefined ? {} : { t })
  }
}

/** `salary:ordered` names a column and its distance. */
function sensitiveOf(options: Options, config: RiskPlan): Sensitive[] {
  const named = (options.sensitive ?? []).map((text): Sensitive => {
    const ordered = text.endsWith(':ordered')
    return { name: ordered ? text.slice(0, -':ordered'.length) : text, distance: ordered ? 'ordered' : 'equal' }
  })
  if (named.length > 0) return named
  return Object.entries(config.sensitive ?? {}).map(([name, distance]) => ({ name, distance }))
}

function hierarchiesOf({ quasiIdentifiers }: RiskPlan): Map<string, Hierarchy> {
  const hierarchies = new Map<string, Hierarchy>()
  const faults: Fault[] = []
  for (const [name, declared] of Object.entries(quasiIdentifiers ?? {})) {
    const hierarchy = hierarchyOf(declared)
    const message = hierarchy === null ? null : hierarchyFault(hierarchy)
    if (message !== null) faults.push({ path: `/quasiIdentifiers/${name}`, message })
    if (hierarchy !== null) hierarchies.set(name, hierarchy)
  }
  if (faults.length > 0) throw new PolicyError('policy-invalid', faults)
  return hierarchies
}

function hierarchyOf(declared: Generalisation): Hierarchy | null {
  if (declared.kind === 'guess') return null
  return declared.kind === 'values' ? { ...declared, parents: new Map(Object.entries(declared.parents)) } : declared
}
