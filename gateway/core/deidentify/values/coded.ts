/**
 * Where a code says what the value beside it means: by the path of the element that holds both, the name of the code. Decides which of its members can
 * show an age where that code says age.
 */
import type { Resource } from '../../fhir/resource.ts'
import { type Members, membersOf, type Value } from './values.ts'

export const CODES_OF_VALUES: ReadonlyMap<string, string> = new Map([
  ['Observation', 'code'],
  ['Observation.component', 'code'],
  ['Goal.target', 'measure'],
  ['Claim.supportingInfo', 'code'],
  ['ExplanationOfBenefit.supportingInfo', 'code'],
  ['Device.property', 'type'],
  ['DeviceRequest.parameter', 'code'],
  ['SupplyRequest.parameter', 'code'],
  ['CoverageEligibilityResponse.insurance.item.benefit', 'type'],
  ['ExplanationOfBenefit.benefitBalance.financial', 'type'],
  ['ImmunizationRecommendation.recommendation.dateCriterion', 'code']
])

const SHOWING = /^(?:value|detail|allowed|used)(?:Quantity|Range|Integer|UnsignedInt|Ratio|CodeableConcept)$/

/** May the member show an age? */
export function showsValue(name: string): boolean {
  return SHOWING.test(name) || name === 'referenceRange'
}

/** The elements of a record that hold a value and its code, and that code; of a component what its Observation says, too. */
export function codedValues(record: Resource): { readonly holder: Members; readonly codes: readonly Value[] }[] {
  const found: { readonly holder: Members; readonly codes: readonly Value[] }[] = []
  for (const [path, code] of CODES_OF_VALUES) {
    const [type, ...names] = path.split('.')
    if (type !== record.resourceType) continue
    for (const holder of membersAt(record, names))
      found.push({ holder, codes: path === 'Observation.component' ? [holder[code], record['code']] : [holder[code]] })
  }
  return found
}

function membersAt(holder: Members, names: readonly string[]): Members[] {
  const [name, ...rest] = names
  if (name === undefined) return [holder]
  const value = holder[name]
  return (Array.isArray(value) ? value : [value]).flatMap((item) => {
    const members = membersOf(item)
    return members === null ? [] : membersAt(members, rest)
  })
}
