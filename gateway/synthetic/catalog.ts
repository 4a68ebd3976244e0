/**
 * What can be the matter with a synthetic patient: conditions by age, acute reasons to be admitted, drugs, procedures and
 * measurements, with their public codes (SNOMED CT, ICD-10-CM, RxNorm, LOINC). Shares are rough US figures, not epidemiology.
 */

export type Coded = {
  readonly system: string
  readonly code: string
  readonly display: string
}

export const SNOMED = 'http://snomed.info/sct'
export const LOINC = 'http://loinc.org'
export const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm'
export const ICD10 = 'http://hl7.org/fhir/sid/icd-10-cm'
export const UCUM = 'http://unitsofmeasure.org'

const snomed = (code: string, display: string): Coded => ({ system: SNOMED, code, display })
const rx = (code: string, display: string): Coded => ({ system: RXNORM, code, display })
const loinc = (code: string, display: string): Coded => ({ system: LOINC, code, display })

export interface Illness {
  readonly code: Coded
  readonly icd10: string
  /** share of people who have it at 20 and at 80 years; in between on a line */
  readonly at20: number
  readonly at80: number
  readonly drugs: readonly Coded[]
}

const METFORMIN = rx('860975', '24 HR Metformin hydrochloride 500 MG Extended Release Oral Tablet')
const LISINOPRIL = rx('314076', 'lisinopril 10 MG Oral Tablet')
const AMLODIPINE = rx('308136', 'amLODIPine 2.5 MG Oral Tablet')
const SIMVASTATIN = rx('312961', 'Simvastatin 20 MG Oral Tablet')
const FUROSEMIDE = rx('313988', 'Furosemide 40 MG Oral Tablet')

export const DIABETES = snomed('44054006', 'Diabetes mellitus type 2 (disorder)')

export const CHRONIC: readonly Illness[] = [
  { code: DIABETES, icd10: 'E11.9', at20: 0.02, at80: 0.28, drugs: [METFORMIN] },
  { code: snomed('59621000', 'Essential hypertension (disorder)'), icd10: 'I10', at20: 0.05, at80: 0.68, drugs: [LISINOPRIL, AMLODIPINE] },
  { code: snomed('55822004', 'Hyperlipidemia (disorder)'), icd10: 'E78.5', at20: 0.04, at80: 0.48, drugs: [SIMVASTATIN] },
  {
    code: snomed('195967001', 'Asthma (disorder)'),
    icd10: 'J45.909',
    at20: 0.09,
    at80: 0.07,
    drugs: [rx('745679', '200 ACTUAT Albuterol 0.09 MG/ACTUAT Metered Dose Inhaler')]
  },
  { code: snomed('13645005', 'Chronic obstructive lung disease (disorder)'), icd10: 'J44.9', at20: 0, at80: 0.13, drugs: [] },
  { code: snomed('433144002', 'Chronic kidney disease stage 3 (disorder)'), icd10: 'N18.30', at20: 0, at80: 0.17, drugs: [] },
  { code: snomed('84114007', 'Heart failure (disorder)'), icd10: 'I50.9', at20: 0, at80: 0.12, drugs: [FUROSEMIDE] },
  {
    code: snomed('35489007', 'Depressive disorder (disorder)'),
    icd10: 'F32.A',
    at20: 0.11,
    at80: 0.08,
    drugs: [rx('312941', 'sertraline 50 MG Oral Tablet')]
  },
  {
    code: snomed('40930008', 'Hypothyroidism (disorder)'),
    icd10: 'E03.9',
    at20: 0.01,
    at80: 0.11,
    drugs: [rx('966222', 'Levothyroxine Sodium 0.075 MG Oral Tablet')]
  },
  { code: snomed('414916001', 'Obesity (disorder)'), icd10: 'E66.9', at20: 0.2, at80: 0.28, drugs: [] }
]

export interface Admission {
  readonly code: Coded
  readonly icd10: string
  readonly weight: number
  /** days, mean and spread */
  readonly days: readonly [number, number]
  readonly procedure: Coded
}

export const ADMISSIONS: readonly Admission[] = [
  {
    code: snomed('233604007', 'Pneumonia (disorder)'),
    icd10: 'J18.9',
    weight: 6,
    days: [5, 2],
    procedure: snomed('399208008', 'Plain X-ray of chest (procedure)')
  },
  {
    code: snomed('22298006', 'Myocardial infarction (disorder)'),
    icd10: 'I21.9',
    weight: 3,
    days: [4, 1],
    procedure: snomed('415070008', 'Percutaneous coronary intervention (procedure)')
  },
  {
    code: snomed('230690007', 'Cerebrovascular accident (disorder)'),
    icd10: 'I63.9',
    weight: 2,
    days: [6, 2],
    procedure: snomed('77477000', 'Computed tomography (procedure)')
  },
  {
    code: snomed('91302008', 'Sepsis (disorder)'),
    icd10: 'A41.9',
    weight: 4,
    days: [8, 3],
    procedure: snomed('104177005', 'Blood culture for bacteria (procedure)')
  },
  {
    code: snomed('74400008', 'Appendicitis (disorder)'),
    icd10: 'K35.80',
    weight: 2,
    days: [2, 0.6],
    procedure: snomed('80146002', 'Excision of appendix (procedure)')
  },
  {
    code: snomed('5913000', 'Fracture of neck of femur (disorder)'),
    icd10: 'S72.001A',
    weight: 2,
    days: [6, 2],
    procedure: snomed('52734007', 'Total replacement of hip (procedure)')
  }
]

export const VISIT_REASONS: readonly (Illness & { readonly weight: number })[] = [
  {
    code: snomed('444814009', 'Viral sinusitis (disorder)'),
    icd10: 'J01.90',
    at20: 0,
    at80: 0,
    drugs: [rx('308182', 'Amoxicillin 250 MG Oral Capsule')],
    weight: 4
  },
  {
    code: snomed('195662009', 'Acute viral pharyngitis (disorder)'),
    icd10: 'J02.9',
    at20: 0,
    at80: 0,
    drugs: [rx('313782', 'Acetaminophen 325 MG Oral Tablet')],
    weight: 4
  },
  {
    code: snomed('68566005', 'Urinary tract infectious disease (disorder)'),
    icd10: 'N39.0',
    at20: 0,
    at80: 0,
    drugs: [rx('308182', 'Amoxicillin 250 MG Oral Capsule')],
    weight: 2
  },
  { code: snomed('44465007', 'Sprain of ankle (disorder)'), icd10: 'S93.409A', at20: 0, at80: 0, drugs: [], weight: 1 }
]

export const ROUTINE_PROCEDURES = [
  snomed('430193006', 'Medication reconciliation (procedure)'),
  snomed('29303009', 'Electrocardiographic procedure (procedure)'),
  snomed('710824005', 'Assessment of health and social care needs (procedure)'),
  snomed('73761001', 'Colonoscopy (procedure)')
] as const

export const MEASURES = {
  bloodPressure: loinc('85354-9', 'Blood pressure panel with all children optional'),
  systolic: loinc('8480-6', 'Systolic blood pressure'),
  diastolic: loinc('8462-4', 'Diastolic blood pressure'),
  weight: loinc('29463-7', 'Body weight'),
  height: loinc('8302-2', 'Body height'),
  bmi: loinc('39156-5', 'Body mass index (BMI) [Ratio]'),
  a1c: loinc('4548-4', 'Hemoglobin A1c/Hemoglobin.total in Blood'),
  ldl: loinc('18262-6', 'Cholesterol in LDL [Mass/volume] in Serum or Plasma by Direct assay'),
  creatinine: loinc('2160-0', 'Creatinine [Mass/volume] in Serum or Plasma'),
  smoking: loinc('72166-2', 'Tobacco smoking status')
} as const

export const SMOKING = [
  { ...snomed('266919005', 'Never smoked tobacco (finding)'), weight: 6 },
  { ...snomed('8517006', 'Ex-smoker (finding)'), weight: 3 },
  { ...snomed('77176002', 'Smoker (finding)'), weight: 1.4 }
] as const

export const RACES = [
  { code: '2106-3', display: 'White', weight: 68 },
  { code: '2054-5', display: 'Black or African American', weight: 13 },
  { code: '2028-9', display: 'Asian', weight: 8 },
  { code: '1002-5', display: 'American Indian or Alaska Native', weight: 1 }
] as const

export const ETHNICITIES = [
  { code: '2186-5', display: 'Not Hispanic or Latino', weight: 85 },
  { code: '2135-2', display: 'Hispanic or Latino', weight: 15 }
] as const
