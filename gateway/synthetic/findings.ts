/** What is found and done at a synthetic visit: conditions, observations, procedures, prescriptions. Values wander around plausible means. */
import type { Json } from '../core/digest.ts'
import type { Resource } from '../core/fhir/resource.ts'
import { type Coded, DIABETES, ICD10, MEASURES, ROUTINE_PROCEDURES, SMOKING, UCUM } from './catalog.ts'
import type { Course, Visit } from './course.ts'
import { concept, instantOf, ref, terminology } from './fhir.ts'
import type { Person } from './person.ts'
import type { Random } from './random.ts'

/** SNOMED CT codes of CHRONIC that change what is measured. */
const OBESITY = '414916001'
const HYPERTENSION = '59621000'
const HYPERLIPIDEMIA = '55822004'
const KIDNEY_DISEASE = '433144002'

function quantity(value: number, unit: string, places: number): { value: number; unit: string; system: string; code: string } {
  return { value: Number(value.toFixed(places)), unit, system: UCUM, code: unit }
}

function icd10(code: string, display: string): Coded {
  return { system: ICD10, code, display }
}

export function conditionResource(random: Random, person: Person, visit: Visit, since: number, lasting: 'active' | 'resolved'): Resource {
  const code = visit.reason
  const resource = {
    resourceType: 'Condition',
    id: random.uuid(),
    clinicalStatus: terminology('condition-clinical', lasting),
    verificationStatus: terminology('condition-ver-status', 'confirmed'),
    category: [terminology('condition-category', 'encounter-diagnosis', 'Encounter Diagnosis')],
    code: concept(code.code, icd10(code.icd10, code.code.display)),
    subject: ref('Patient', person.id),
    encounter: ref('Encounter', visit.id),
    onsetDateTime: instantOf(since),
    ...(lasting === 'resolved' ? { abatementDateTime: instantOf(visit.end) } : {}),
    recordedDate: instantOf(visit.start)
  }
  return resource
}

function observation(
  random: Random,
  person: Person,
  visit: Visit,
  category: Category,
  code: Coded,
  value: { [element: string]: Json }
): Resource {
  const resource = {
    resourceType: 'Observation',
    id: random.uuid(),
    status: 'final',
    category: [terminology('observation-category', category)],
    code: concept(code),
    subject: ref('Patient', person.id),
    encounter: ref('Encounter', visit.id),
    effectiveDateTime: instantOf(visit.start + 300_000),
    issued: instantOf(visit.start + 600_000),
    performer: [ref('Practitioner', visit.clinician.id)],
    ...value
  }
  return resource
}

function bloodPressure(random: Random, level: 'high' | 'normal'): { [element: string]: Json } {
  const part = (code: Coded, value: number): { [element: string]: Json } => ({
    code: concept(code),
    valueQuantity: quantity(value, 'mm[Hg]', 0)
  })
  return {
    component: [
      part(MEASURES.systolic, random.around(level === 'high' ? 142 : 121, 7)),
      part(MEASURES.diastolic, random.around(level === 'high' ? 88 : 76, 5))
    ]
  }
}

type Category = 'vital-signs' | 'laboratory' | 'social-history'
type Made = readonly [Category, Coded, { [element: string]: Json }]

function vitals(random: Random, person: Person, has: (code: string) => boolean): Made[] {
  const growth = person.age < 16 ? (person.age + 5) / 21 : 1
  const height = person.height * growth
  const weight = random.around(has(OBESITY) ? 36 : 25, 2) * height ** 2 * Math.sqrt(growth)
  return [
    ['vital-signs', MEASURES.bloodPressure, bloodPressure(random, has(HYPERTENSION) ? 'high' : 'normal')],
    ['vital-signs', MEASURES.weight, { valueQuantity: quantity(weight, 'kg', 1) }],
    ['vital-signs', MEASURES.height, { valueQuantity: quantity(height * 100, 'cm', 1) }],
    ['vital-signs', MEASURES.bmi, { valueQuantity: quantity(weight / height ** 2, 'kg/m2', 1) }]
  ]
}

/** Vital signs at every visit, laboratory values where an illness asks for them, smoking status at one visit in five. */
export function observationsOf(random: Random, person: Person, visit: Visit, course: Course): Resource[] {
  const has = (code: string): boolean => course.illnesses.some((illness) => illness.code.code === code)
  const found = vitals(random, person, has)
  const measured = (code: Coded, mean: number, spread: number, unit: string, places: number): void => {
    found.push(['laboratory', code, { valueQuantity: quantity(random.around(mean, spread), unit, places) }])
  }
  if (has(DIABETES.code) && random.chance(0.6)) measured(MEASURES.a1c, 7.6, 0.8, '%', 1)
  if (has(HYPERLIPIDEMIA)) measured(MEASURES.ldl, 128, 20, 'mg/dL', 0)
  if (has(KIDNEY_DISEASE) || visit.kind === 'IMP') measured(MEASURES.creatinine, 1.3, 0.2, 'mg/dL', 2)
  if (random.chance(0.2)) found.push(['social-history', MEASURES.smoking, { valueCodeableConcept: concept(random.weigh(SMOKING)) }])
  return found.map(([category, code, value]) => observation(random, person, visit, category, code, value))
}

export function procedureResource(random: Random, person: Person, visit: Visit): Resource {
  const resource = {
    resourceType: 'Procedure',
    id: random.uuid(),
    status: 'completed',
    code: concept(visit.admission?.procedure ?? random.pick(ROUTINE_PROCEDURES)),
    subject: ref('Patient', person.id, person.display),
    encounter: ref('Encounter', visit.id),
    performedPeriod: { start: instantOf(visit.start + 900_000), end: instantOf(Math.min(visit.end, visit.start + 3_600_000)) },
    performer: [{ actor: ref('Practitioner', visit.clinician.id, visit.clinician.display) }]
  }
  return resource
}

export function prescriptionsOf(random: Random, person: Person, visit: Visit): Resource[] {
  return visit.drugs.map((drug) => {
    const resource = {
      resourceType: 'MedicationRequest',
      id: random.uuid(),
      status: 'active',
      intent: 'order',
      medicationCodeableConcept: concept(drug),
      subject: ref('Patient', person.id),
      encounter: ref('Encounter', visit.id),
      authoredOn: instantOf(visit.end),
      requester: ref('Practitioner', visit.clinician.id, visit.clinician.display),
      dosageInstruction: [
        { sequence: 1, timing: { repeat: { frequency: random.between(1, 2), period: 1, periodUnit: 'd' } }, asNeededBoolean: false }
      ]
    }
    return resource
  })
}
