/** What an agreement may not promise of the data: an element that FHIR does not know, or of a type that does not leave. Each is a row with its path. */
import type { Agreement } from '../../generated/policy.ts'
import type { Fault } from '../errors.ts'
import { elementAt } from '../fhir/types.ts'

/** All faults of the member `quality`; none where there is none. */
export function qualityFaults({ quality, resources }: Pick<Agreement, 'quality' | 'resources'>): Fault[] {
  return Object.keys(quality?.completeness ?? {}).flatMap((path) => {
    const [type = '', ...names] = path.split('.')
    const at = `/quality/completeness/${path}`
    if (!Object.hasOwn(resources, type)) return [{ path: at, message: 'is of a type that resources does not name: nothing of it leaves' }]
    if (elementAt(type, names) === null) return [{ path: at, message: `is no element of ${type} in FHIR R4` }]
    const last = names.at(-1) ?? ''
    const direct = elementAt(type, names)?.name === last || last.endsWith('[x]')
    return direct ? [] : [{ path: at, message: `is a choice: write ${last}[x], or one of its names` }]
  })
}
