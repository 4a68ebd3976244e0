/**
 * Numbers that look like a date and may be doses: "Tylenol 10-12-14", "morphine IV 10/20/30". Decides by what stands before them: a drug or a unit, and no
 * word that a date follows. They are covered as dates are, and never moved: another day would read as another dose.
 */
import { DRUGS } from '../words/context.ts'

/** The rule of what may be a date or doses. */
export const DOSE = 'date-dose'

/** Without a year of four digits, a month's name or a time. */
const BARE = /^(?!.*\d{4})[\d\s./,&-]+$/
const NAMED: ReadonlySet<string> = new Set([
  ...DRUGS.split(/\s+/),
  ...'insulin aspirin acetaminophen ibuprofen naproxen methadone tramadol ketamine propofol digoxin warfarin lithium prednisone epinephrine norepinephrine dopamine'.split(
    ' '
  )
])
/** How the names of drugs of one kind end (USAN stems). */
const STEM =
  /(?:olol|pril|sartan|statin|azole|cillin|cycline|[mn]ycin|micin|oxacin|tidine|setron|triptan|dipine|azepam|azolam|barbital|caine|codone|morphone|orphine|entan[iy]l|profen|oxicam|coxib|gliptin|gliflozin|glutide|formin|thiazide|semide|lukast|terol|asone|olone|onide|[mn]ab|tinib|[ao]vir|parin|xaban|grel|dronate|oxetine|traline|pramine|triptyline|apine|idone|peridol|azine|gabalin|pentin|toin|zepine|atadine|irizine|phylline|cef[a-z]{3,8}|sulfa[a-z]{3,9})$/
const UNITS: ReadonlySet<string> = new Set(
  'mg mcg ug ml cc units unit iu meq mmol tab tabs tablet tablets cap caps capsules pills puffs gtts drops dose doses dosed dosing titrate titrated taper'.split(
    ' '
  )
)
/** Between a drug and its doses. */
const BETWEEN: ReadonlySet<string> = new Set(
  'po iv im sc sq subq sl pr prn qd qday bid tid qid qhs hs daily nightly weekly er xr sr cr xl la hcl sulfate sodium tartrate succinate hydrochloride oral inj injection infusion drip bolus drops dose'.split(
    ' '
  )
)
const LAST_WORD = /([a-z]+)[\s:=([,-]*$/
const MOST_BEFORE = 48
const MOST_WORDS = 4

/** Whether what stands at [start, end) of a text in lower case may be doses. */
export function isDose(lower: string, start: number, end: number): boolean {
  if (!BARE.test(lower.slice(start, Math.min(end, start + MOST_BEFORE)))) return false
  let before = lower.slice(Math.max(0, start - MOST_BEFORE), start)
  for (let words = 0; words < MOST_WORDS; words++) {
    const last = LAST_WORD.exec(before)
    const word = last?.[1] ?? ''
    if (NAMED.has(word) || UNITS.has(word) || STEM.test(word)) return true
    if (!BETWEEN.has(word)) return false
    before = before.slice(0, last?.index ?? 0)
  }
  return false
}
