/**
 * The sensitive categories: records of one leave only under an agreement that grants it by name. Decides which there are, what each is called in sentences, on
 * which law it rests and where its codes come from. What a table does not hold is said here, too: no list of codes is whole, so a source should label its records.
 */
import type { Agreement } from '../../../generated/policy.ts'
import type { Code } from '../../errors.ts'

export type Category = NonNullable<Agreement['categories']>['granted'][number]

export interface CategoryRow {
  /** as sentences name it */
  readonly says: string
  readonly law: string
  /** of its codes */
  readonly sources: string
  /** what it does not find */
  readonly misses: string
  /** under which its records are withheld */
  readonly code: Code
}

/** What no table finds, of any category. */
export const MISSED_BY_ALL =
  'What only a text says, but for the names of drugs that are listed; codes of the source’s own, and codes that do not stand in a Coding; revenue codes, DRGs, places of service and specialties of providers on claims; most of CPT, and HCPCS codes that are not listed.'

const ICD = 'ICD-10-CM and ICD-9-CM, by their chapters and blocks (CDC/NCHS, public domain)'
const LABELS = 'HL7 v3 ActCode with its US privacy laws, and Confidentiality (terminology.hl7.org)'
const CLAIMS = 'HCPCS and ICD-10-PCS (CMS, public domain), and CPT numbers that payers name publicly'
const SAMHSA = 'SAMHSA Consent2Share value sets (VSAC 2.16.840.1.113762.1.4.1142)'

export const CATEGORIES: ReadonlyMap<Category, CategoryRow> = new Map<Category, CategoryRow>([
  [
    'substance-use',
    {
      says: 'substance use disorder and its treatment',
      law: '42 CFR Part 2',
      sources: `${ICD}; ${CLAIMS}; ${LABELS}; drugs that treat it as 42 CFR 8.12 and FDA labels name them; a few SNOMED CT and LOINC codes as the SHIFT Task Force (HL7) and Synthea use them, after ${SAMHSA}`,
      misses:
        'Most SNOMED CT findings, toxicology, tests of drugs and alcohol by CPT, and that a provider is itself a Part 2 program: only the source knows, and labels it ETH or SUD.',
      code: 'category-substance-use'
    }
  ],
  [
    'psychotherapy-notes',
    {
      says: 'psychotherapy notes',
      law: '45 CFR 164.501, 164.508(a)(2)',
      sources: `${LABELS}; SNOMED CT as the SHIFT Task Force (HL7) uses it`,
      misses: 'Notes that are kept with the rest and not labelled PSYTHPN: by their codes they are like any other.',
      code: 'category-psychotherapy-notes'
    }
  ],
  [
    'hiv',
    {
      says: 'HIV: tests, infection and treatment',
      law: 'State law, such as New York Public Health Law article 27-F',
      sources: `${ICD}; ${CLAIMS}; ${LABELS}; LOINC and SNOMED CT after the IHE value set SlsSensitiveHIV (PCF 1.1) and the LOINC panels 75622-1 and 47245-6; drugs by the HHS antiretroviral guidelines`,
      misses: 'Rarer tests, and drugs that are given for hepatitis B or COVID-19, too, under a trade name of those.',
      code: 'category-hiv'
    }
  ],
  [
    'behavioural',
    {
      says: 'mental and behavioural health',
      law: 'State law, such as California Welfare and Institutions Code 5328',
      sources: `${ICD}; ${CLAIMS}; ${LABELS}; LOINC of the PHQ and GAD panels; a few SNOMED CT codes as Synthea uses them, after ${SAMHSA}`,
      misses:
        'Drugs (most are given for other reasons, too), poisoning by one’s own hand that only the sixth character of a T code tells, and screening that everybody is given: that it was done tells nothing.',
      code: 'category-behavioural'
    }
  ],
  [
    'reproductive',
    {
      says: 'pregnancy, contraception, fertility, abortion and sexual health',
      law: 'State law, such as California Civil Code 56.108',
      sources: `${ICD}; ${CLAIMS}; ${LABELS}; SNOMED CT as Synthea uses it; drugs by FDA labels`,
      misses: 'Contraceptives other than the few named, tests for sexually transmitted infections, and most laboratory tests.',
      code: 'category-reproductive'
    }
  ],
  [
    'genetic',
    {
      says: 'genetic information: tests, carriers and the history of the family',
      law: '45 CFR 160.103 (genetic information), 164.502(a)(5)(i)',
      sources: `${ICD}; ${CLAIMS}; ${LABELS}; LOINC of the HL7 genomics reporting panel 81247-9`,
      misses: 'Tests of one gene, each of which has a LOINC code of its own, and tests of tumours by other than CPT 811 to 814.',
      code: 'category-genetic'
    }
  ],
  [
    'violence',
    {
      says: 'abuse, assault and violence',
      law: '34 USC 12291(b)(2), and state law',
      sources: `${ICD}; ${LABELS}; LOINC of the HARK questions; SNOMED CT as Synthea uses it`,
      misses: 'Injuries that are coded without their cause, and nearly all procedures.',
      code: 'category-violence'
    }
  ],
  [
    'restricted',
    {
      says: 'whatever else its source labelled as sensitive, restricted or very restricted',
      law: '45 CFR 164.522(a)(1)',
      sources: LABELS,
      misses: 'What is not labelled.',
      code: 'category-restricted'
    }
  ]
])

/** Is it the reason for which a record of a sensitive category stays in? */
export function isCategoryCode(code: string): boolean {
  return code.startsWith('category-')
}
