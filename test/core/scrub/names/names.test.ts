import { expect } from 'chai'
import { scrubbed } from '../../../support/scrubbed.ts'

/** Invented surnames (Sampleton, Quillfeather) stand with first names of the lists. */
const NAMED: readonly (readonly [rule: string, text: string, masked: string])[] = [
  ['a title', 'seen by Dr. Quillfeather today', 'seen by [NAME] today'],
  ['a title in lower case', 'seen by dr quillfeather today', 'seen by [NAME] today'],
  ['a first name and a surname', 'for Mary Sampleton, who', 'for [NAME], who'],
  ['a first name and an initial', 'a man, James T., with', 'a man, [NAME], with'],
  ['initials and a surname', 'noted by L. Johnson before', 'noted by [NAME] before'],
  ['a surname, then a first name', 'Johnson, Mary was', '[NAME] was'],
  ['kin', 'her daughter Quillfeather called', 'her daughter [NAME] called'],
  ['the one who acts', 'signed by Quillfeather at noon', 'signed by [NAME] at noon'],
  ['letters behind it', 'Mary Quillfeather, MD', '[NAME], MD'],
  ['particles', 'Maria de la Sampleton came', '[NAME] came'],
  ['hyphens and apostrophes', "Anna O'Sampleton-Quill came", '[NAME] came'],
  ['possessives', "Mary Sampleton's knee", "[NAME]'s knee"],
  ['capitals throughout', 'MARY SAMPLETON WAS SEEN', '[NAME] WAS SEEN'],
  ['a cue in lower case', 'pt john smith was seen', 'pt [NAME] was seen'],
  ['two behind one title', 'Drs. Quillfeather and Sampleton agreed', '[NAME] and [NAME] agreed'],
  ['a title before what is a month else', 'told Mrs. May so', 'told [NAME] so'],
  ['a label, swapped, plain words too', 'Patient: Young, Mary', 'Patient: [NAME]'],
  ['a signature, swapped', 'Signed by: Park, Jin', 'Signed by: [NAME]'],
  ['a signature of two first names', 'Electronically signed by Kim, Lee', 'Electronically signed by [NAME]'],
  ['a label before a particle', 'Provider: Nguyen, Van', 'Provider: [NAME]'],
  ['a plain word that acts as who was named', "per Doe; Doe's note; Doe agrees", "per [NAME]; [NAME]'s note; [NAME] agrees"],
  ['kin with a capital, a plain word', 'Daughter Wren called', 'Daughter [NAME] called'],
  ['a name that is a drug’s, too', 'spoke to Camila today', 'spoke to [NAME] today'],
  ['a surname that is a trade, then a first name', 'Smith, Mary came', '[NAME] came'],
  ['a title without a blank', 'per DrQuillfeather, well', 'per [NAME], well'],
  ['the form of HL7 v2', 'Johnson^Mary^A', '[NAME]^A'],
  ['a column of a table', '| Name | DOE , JANE |', '| Name | [NAME] |'],
  ['a part of it, once it was named in full', 'Mary Quillfeather came. Quillfeather left.', '[NAME] came. [NAME] left.']
]
const PLACES: readonly (readonly [text: string, masked: string])[] = [
  ['seen at UCLA Medical Center', 'seen at [FACILITY]'],
  ["at St. Vincent's on", 'at [FACILITY] on'],
  ['seen at Quillborough General on', 'seen at [FACILITY] on'],
  ['treated at Wexmoor-Tulgey before', 'treated at [FACILITY] before'],
  ['was transferred from QXMC today', 'was transferred from [FACILITY] today'],
  ['by Dr. Johnson at Wexmoor, who', 'by [NAME] at [FACILITY], who'],
  ['works at QuillMart since', 'works at [FACILITY] since'],
  ['treated at Mt. Sinai before', 'treated at [PLACE] before'],
  ['the Seattle clinic', 'the [FACILITY]'],
  ['at Elm Clinic in Boston', 'at [FACILITY]'],
  ["to Dr. Quillfeather's Office", 'to [FACILITY]'],
  ['lives in Chicago', 'lives in [PLACE]'],
  ['lives in Quillborough', 'lives in [PLACE]'],
  ['from Atlanta, GA 30301', 'from [PLACE]'],
  ['at 1234 Elm St, Apt 5, Boston, MA', 'at [STREET]'],
  ['from Elm Street', 'from [STREET]'],
  ['lives in boston', 'lives in [PLACE]'],
  ['from boston, ma', 'from [PLACE]'],
  ['at 12 elm street, of', 'at [STREET], of'],
  ['She resides at 14 Birch', 'She resides at [STREET]'],
  ['Address: 22 Old Mill', 'Address: [STREET]'],
  ['flew from Norwalk fever free', 'flew from [PLACE] fever free'],
  ['in Suffolk County', 'in [PLACE]']
]
const KEPT = [
  'Norwalk virus, West Nile virus, a Philadelphia chromosome',
  'take Ella once, takes Jolivette daily, on Camila daily, Nora-BE daily, started Camila 0.35 mg',
  'Long hospital stay, stayed at 10 degrees',
  'Mother Died. Father Diabetes. Patient: Yes, Doctor. Allergies: Rose, Lily.',
  "Parkinson's disease, Crohn's disease, Graves' disease",
  'a Foley catheter, a positive Babinski sign, the Chaddock reflex',
  'Gleason score of 7, Wells criteria, Framingham Risk Score, Child-Pugh class B',
  'Ferriman-Gallwey score and Stevens-Johnson syndrome',
  "Bell's palsy, Lyme disease, Wilson's disease, Kerley B lines, Foley to gravity, Baker cyst",
  'on a 2 lane road, a 12 hours drive',
  'Plavix, Lipitor, Eliquis and Lantus were started',
  'The patient will rest. May return. Mark the site.',
  'Hispanic, African American, Caucasian, in Texas, from Canada',
  'referred to the Cardiology Clinic and the Emergency Department',
  'admitted to Cardiology, transferred to the ICU, then sent to MICU, seen at Triage, presented to Urgent Care, followed at Baseline',
  'treated at home, seen at Radiology, born in the United States, returned to Canada',
  'the latest AHA guidelines, per ACC and ADA, in the ALLHAT trial',
  'HISTORY OF PRESENT ILLNESS: CHEST PAIN, SHORTNESS OF BREATH',
  'Type 1 Diabetes, Stage III, NYHA Class III, Grade A',
  'Patient: Well, I feel good. Doctor: Sure. Let us see.',
  'E. coli and S. aureus grew; H. pylori did not'
]

describe('core/scrub/names and places', () => {
  for (const [rule, text, masked] of NAMED) it(`a person is told by ${rule}`, () => expect(scrubbed(text)).to.equal(masked))
  for (const [text, masked] of PLACES)
    it(`45 CFR 164.514(b)(2)(i)(B): finds what "${masked}" stands for in "${text}"`, () => expect(scrubbed(text)).to.equal(masked))
  for (const text of KEPT) it(`keeps "${text}"`, () => expect(scrubbed(text)).to.equal(text))
})
