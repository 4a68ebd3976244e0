/**
 * May this record leave at this moment? Decides by the reader that the release runs (scope.ts), in the phase of the moment, and names the rules that decided and the
 * policy. Compiled once: the decisions are made beforehand, one for each code and type, and handed out at millions a second. Deny by default; an error denies.
 */
import { type Decision, type Deny, deny, type Permit, permit } from '../decision.ts'
import type { Code } from '../errors.ts'
import type { Resource } from '../fhir/resource.ts'
import type { Phase } from './phases.ts'
import { termsAt } from './phases.ts'
import type { HashedAgreement } from './policies.ts'
import { inScope } from './scope.ts'

type Asked = Pick<HashedAgreement, 'agreement' | 'hash'>

/** Which member of the agreement says it; every other code of the reader is of a sensitive category. */
const MEMBERS: ReadonlyMap<Code, keyof Phase> = new Map<Code, keyof Phase>([
  ['type-not-agreed', 'resources'],
  ['outside-date-window', 'dateWindow'],
  ['code-not-agreed', 'codeFilters']
])

/** The function decides one record; what is permitted is its type. `at`: an instant, UTC. */
export function decideRecord(entry: Asked, at: string): (resource: Resource) => Decision<string> {
  const { phase, agreement } = termsAt(entry.agreement, at)
  const scope = inScope(agreement)
  const ruleOf = (member: keyof Phase): string => ruleId(entry, phase, member)
  const permits = new Map<string, Permit<string>>(
    Object.keys(agreement.resources).map((type) => {
      const asked: (keyof Phase)[] = [
        'dateWindow',
        'categories',
        ...(agreement.codeFilters?.[type] === undefined ? [] : (['codeFilters'] as const))
      ]
      return [type, permit(type, [`${ruleOf('resources')}/${type}`, ...asked.map(ruleOf)], [entry.hash])]
    })
  )
  const denials = new Map<Code, Deny>()
  const denial = (code: Code): Deny => {
    const known = denials.get(code)
    if (known !== undefined) return known
    const made = deny({ code, rule: code === 'not-releasable' ? 'deny-by-default' : ruleOf(MEMBERS.get(code) ?? 'categories') }, [
      entry.hash
    ])
    denials.set(code, made)
    return made
  }
  return (resource) => {
    const code = readSafely(scope, resource)
    return code === null ? (permits.get(resource.resourceType) ?? denial('type-not-agreed')) : denial(code)
  }
}

function readSafely(scope: (resource: Resource) => Code | null, resource: Resource): Code | null {
  try {
    return scope(resource)
  } catch {
    return 'not-releasable' // whatever went wrong, it went wrong on PHI: the cause is dropped
  }
}

/** `demo@1/dateWindow`, or `demo@1/phases/second/dateWindow` where the phase says it. */
function ruleId({ agreement }: Asked, phase: string | null, member: keyof Phase): string {
  const said = agreement.phases?.find(({ name }) => name === phase)
  const within = said?.[member] === undefined ? '' : `phases/${said.name}/`
  return `${agreement.id}@${agreement.version}/${within}${member}`
}
