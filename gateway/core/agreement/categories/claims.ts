/**
 * Code systems of claims: ICD-9-CM, ICD-10-PCS, HCPCS and CPT, by what is of a sensitive category. Decides by beginnings. Refuses nothing: revenue codes, DRGs and
 * codes that say a kind of service only (a visit, an injection of something) are not here. Sources: ICD-9-CM (NCHS and CMS, last of 2014) and ICD-10-PCS
 * (CMS), by their chapters, sections and tables; HCPCS level II (CMS, quarterly files); all three public domain. CPT belongs to the AMA and is not copied:
 * only numbers that payers and agencies name publicly, as CMS MLN1986542 (Medicare mental health), CMS NCD 210.7 (HIV screening) and the CDC billing guides do.
 */
import { byBeginning, type Find, NONE, plain, type Rows } from './beginnings.ts'

/** Diagnoses, V and E codes: 'E950' is harm to oneself. */
const ICD9_DIAGNOSES: Rows = [
  [
    'substance-use',
    '291 292 303 304 305 3575 4255 5353 5710 5711 5712 5713 6483 6555 76071 76072 76075 7795 7903 9650 9696 97081 980 E8500 E860 V113 V6141 V6542 V791'
  ],
  // tobacco
  ['none', '3051'],
  ['hiv', '042 043 044 07953 79571 V08 V6544'],
  [
    'behavioural',
    '290 293 294 295 296 297 298 299 300 301 302 306 307 308 309 310 311 312 313 314 315 316 317 318 319 6484 E950 E951 E952 E953 E954 E955 E956 E957 E958 E959 V11 V170 V40 V6284 V6285 V663 V673 V701 V702 V710 V790'
  ],
  [
    'reproductive',
    '0541 07811 090 091 092 093 094 095 096 097 098 099 1310 302 606 628 63 64 65 66 67 6483 6484 6555 V016 V027 V028 V22 V23 V24 V25 V26 V263 V27 V28 V455 V615 V616 V617 V692 V724 V745 V91'
  ],
  ['genetic', '2825 2826 758 75983 V16 V17 V170 V18 V19 V263 V827 V83 V84'],
  [
    'violence',
    '9955 99580 99581 99582 99583 99584 99585 E960 E961 E962 E963 E964 E965 E966 E967 E968 E969 V1541 V1542 V6111 V6121 V6283 V715 V7181'
  ]
]

/** Procedures, which have two digits before the dot. */
const ICD9_PROCEDURES: Rows = [
  ['substance-use', '946'],
  ['behavioural', '94'],
  ['reproductive', '637 662 663 6901 6951 697 6992 72 73 74 75 9771']
]

/** Sections obstetrics, mental health and substance abuse treatment; tables of sterilization, of contraceptive devices and of ova and sperm. */
const ICD10_PCS: Rows = [
  ['substance-use', 'HZ'],
  ['behavioural', 'GZ'],
  ['reproductive', '10 0U57 0UL7 0VLN 0VLP 0VLQ 0UH97H 0UH98H 0UHC7H 0UHC8H 0UPD7H 0UPD8H 0UPDXH 3E0P']
]

const HCPCS: Rows = [
  [
    'substance-use',
    'G0137 G0396 G0397 G0442 G0443 G1028 G2011 G2067 G2068 G2069 G207 G2080 G2086 G2087 G2088 G2215 G2216 H0001 H0003 H0005 H0006 H0007 H0008 H0009 H0010 H0011 H0012 H0013 H0014 H0015 H0016 H0020 H0021 H0022 H0026 H0027 H0028 H0029 H0047 H0048 H0049 H0050 H2034 H2035 H2036 J0570 J0571 J0572 J0573 J0574 J0575 J0577 J0578 J0592 J1230 J2315 Q9991 Q9992 S0109 S9475 T1006 T1007 T1008 T1009 T1010 T1012'
  ],
  [
    'hiv',
    'G0011 G0012 G0013 G0432 G0433 G0435 G0475 J0739 J0741 J0750 J0751 J0799 J1324 J1746 J1961 J3485 Q0516 Q0517 Q0518 Q0519 Q0520 Q0521 S3645'
  ],
  [
    'behavioural',
    'G0017 G0018 G0176 G0177 G0323 G0409 G0410 G0411 G0560 G2214 H0002 H0004 H0017 H0018 H0019 H0023 H0024 H0025 H003 H0040 H0041 H0042 H0043 H0044 H0045 H0046 H200 H201 H202 H2030 H2031 H2032 H2033 S0201 S9480 S9482 S9484 S9485 T2048'
  ],
  [
    'reproductive',
    'A4261 A4264 A4266 A4267 A4268 A4269 G0445 H100 H101 J1050 J7294 J7295 J7296 J7297 J7298 J7300 J7301 J7303 J7304 J7306 J7307 S0190 S0191 S0199 S2260 S2262 S2265 S2266 S2267 S40 S4981 S4989 S4993 S9436 S9437 S9438 S9439 S9442'
  ],
  ['genetic', 'G9143 S0265 S38']
]

/** By number, and whole sections: 59 is maternity care, 811 to 814 are tests of genes. */
const CPT_NUMBERS: Rows = [
  ['substance-use', '99408 99409'],
  ['hiv', '86689 86701 86702 86703 87389 87390 87391 87534 87535 87536 87537 87538 87539 87806 87900 87901 87903 87904 87906'],
  [
    'behavioural',
    '90785 90791 90792 90801 90802 90804 90805 90806 90807 90808 90809 9081 9082 90832 90833 90834 90836 90837 90838 90839 90840 90845 90846 90847 90849 90853 90857 90862 90863 90865 90867 90868 90869 90870 90875 90876 90880 90882 90885 90887 90889 90899 96130 96131 99484 99492 99493 99494'
  ],
  [
    'reproductive',
    '55250 55450 57170 58300 58301 58321 58322 58323 58565 58600 58605 58611 58615 58670 58671 58970 58974 58976 76801 76802 76805 76810 76811 76812 76813 76814 76815 76816 76817 81025 84702 84703 89250 89251 89253 89254 89255 89257 89258 89259 89264 89268 89272 89280 89281'
  ],
  ['genetic', '96040 96041'],
  ['violence', '99170']
]

const CPT_SECTIONS: Rows = [
  ['reproductive', '59'],
  ['genetic', '811 812 813 814']
]

const diagnoses9 = byBeginning(ICD9_DIAGNOSES)
const procedures9 = byBeginning(ICD9_PROCEDURES)
const pcs = byBeginning(ICD10_PCS)
const hcpcs = byBeginning(HCPCS)
const cptNumbers = byBeginning(CPT_NUMBERS)
const cpt = byBeginning([...CPT_NUMBERS, ...CPT_SECTIONS])

/** A code without its dot may be of either list; then the diagnosis counts. */
export const icd9: Find = (code) => (/^\s*\d{2}\./.test(code) ? procedures9 : diagnoses9)(plain(code))

export const icd10pcs: Find = (code) => pcs(plain(code))

/** Level I of HCPCS is CPT: five digits. What follows, after a blank or a hyphen, is a modifier. */
export const procedure: Find = (code) => {
  const whole = plain(code)
  return startsWithDigit(whole) ? cpt(whole) : hcpcs(whole)
}

const DOTTED_ICD9 = /^(?:\d{3}|V\d{2}|E\d{3})\.\d{1,2}$/i
const DOTTED_ICD9_PROCEDURE = /^\d{2}\.\d{1,2}$/
const PCS = /^(?=.*[A-Z])[0-9A-HJ-NP-Z]{7}$/i
const HCPCS_LEVEL_2 = /^[A-V]\d{4}$/i

/**
 * Of a code whose system is not known: only what looks like one of the systems, for three or five digits may be anything. `042` and `V08` are HIV, and nothing else
 * in use.
 */
export const anyClaimCode: Find = (code) => {
  if (code === '042' || code === 'V08' || DOTTED_ICD9.test(code)) return diagnoses9(plain(code))
  if (DOTTED_ICD9_PROCEDURE.test(code)) return procedures9(plain(code))
  if (HCPCS_LEVEL_2.test(code)) return hcpcs(plain(code))
  return code.length === 5 && startsWithDigit(code) ? cptNumbers(code) : PCS.test(code) ? pcs(plain(code)) : NONE
}

function startsWithDigit(code: string): boolean {
  return code >= '0' && code < ':'
}
