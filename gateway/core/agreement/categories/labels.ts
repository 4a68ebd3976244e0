/**
 * Security labels that arrive with a record (FHIR R4 §6.1.0.1): which say that it is of a sensitive category. Decides that a label of sensitivity which is none
 * of ours is 'restricted': whoever labelled it meant that it is not for everyone.
 */
import type { Category } from './categories.ts'

/** HL7 v3 ActCode under _InformationSensitivityPolicy (2018-08-12, as FHIR R4 publishes it; CC0). */
export const ACT_CODES: readonly (readonly [Category, string])[] = [
  ['substance-use', 'ETH SUD ETHUD OPIOIDUD'],
  ['psychotherapy-notes', 'PSYTHPN'],
  ['hiv', 'HIV'],
  ['behavioural', 'BH COGN DVD EMOTDIS MH PSY'],
  ['reproductive', 'SEX STD PREGNANT'],
  ['genetic', 'GDIS SCA SICKLE'],
  ['violence', 'SDV MST VIO'],
  ['restricted', 'SPI TBOO DEMO DOB GENDER LIVARG MARST RACE REL B EMPL LOCIS SSP ADOL CEL DIA DRGIS EMP PDS PHY PRS COMPT HRCOMPT']
]

/** HL7 v3 Confidentiality: R and V, and the codes by kind of access and of information. L, M, N and U restrict nothing. */
export const CONFIDENTIALITY: readonly (readonly [Category, string])[] = [
  ['substance-use', 'ETH'],
  ['hiv', 'HIV'],
  ['behavioural', 'PSY'],
  ['violence', 'SDV'],
  ['restricted', 'R V B D I C S T']
]
