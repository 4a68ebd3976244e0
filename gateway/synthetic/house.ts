/** The synthetic hospital: an organization, an insurer, its departments' locations and the people who work there. */
import type { Resource } from '../core/fhir/resource.ts'
import { terminology } from './fhir.ts'
import { createRandom, type Random } from './random.ts'
import { FAMILY, GIVEN_FEMALE, GIVEN_MALE } from './words.ts'

export interface Clinician {
  readonly id: string
  readonly display: string
}

export interface House {
  readonly hospital: { readonly id: string; readonly name: string }
  readonly insurer: { readonly id: string; readonly name: string }
  readonly ward: { readonly id: string; readonly name: string }
  readonly clinicians: readonly Clinician[]
  readonly resources: readonly Resource[]
}

function organization(id: string, name: string, code: 'prov' | 'pay', phone: string): Resource {
  const type = { ...terminology('organization-type', code, code === 'prov' ? 'Healthcare Provider' : 'Payer'), text: name }
  const address = { line: ['1 Copperbeech Road'], city: 'Alderbrook Falls', state: 'MA', postalCode: '02199', country: 'US' }
  return {
    resourceType: 'Organization',
    id,
    active: true,
    type: [type],
    name,
    telecom: [{ system: 'phone', value: phone }],
    address: [address]
  }
}

function practitioner(random: Random): { clinician: Clinician; resource: Resource } {
  const female = random.chance(0.5)
  const given = random.pick(female ? GIVEN_FEMALE : GIVEN_MALE)
  const family = random.pick(FAMILY)
  const id = random.uuid()
  const resource: Resource = {
    resourceType: 'Practitioner',
    id,
    identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: `9${random.digits(9)}` }],
    active: true,
    name: [{ family, given: [given], prefix: ['Dr.'] }],
    telecom: [{ system: 'email', value: `${given}.${family}@hospital.example.org`.toLowerCase(), use: 'work' }],
    gender: female ? 'female' : 'male'
  }
  return { clinician: { id, display: `Dr. ${given} ${family}` }, resource }
}

/** `size` clinicians; the same seed gives the same house. */
export function makeHouse(seed: string, size: number): House {
  const random = createRandom(seed, 'house')
  const hospital = { id: random.uuid(), name: 'Saint Elsewhere Synthetic Hospital' }
  const insurer = { id: random.uuid(), name: 'Example Mutual Synthetic Health Plan' }
  const ward = { id: random.uuid(), name: 'Larkspur Pavilion' }
  const staff = Array.from({ length: size }, () => practitioner(random))
  const location: Resource = {
    resourceType: 'Location',
    id: ward.id,
    status: 'active',
    name: ward.name,
    managingOrganization: { reference: `Organization/${hospital.id}` }
  }
  return {
    hospital,
    insurer,
    ward,
    clinicians: staff.map((member) => member.clinician),
    resources: [
      organization(hospital.id, hospital.name, 'prov', '(617) 555-0100'),
      organization(insurer.id, insurer.name, 'pay', '(617) 555-0199'),
      location,
      ...staff.map((member) => member.resource)
    ]
  }
}
