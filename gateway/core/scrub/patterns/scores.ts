/**
 * Scores and parts that look like a day and a month: strength 4/5, pain 7/10, a 2/6 murmur, 1/2 tab. Decides by the words beside them and by the numbers: of a
 * score the first is not the larger. Refuses nothing by itself; behind a word that a date follows nobody asks.
 */

const PART_BEHIND =
  /^\s?(?:of\b|(?:[a-z]{1,12}\s)?(?:tab|strength|motor|power|dose|pill|mg|ml|systolic|murmur|pain|score|throughout|bilateral))/
/** Words of scores, wherever they stand in a clause. */
const SCORED =
  "strength|motor|power|pain|severity|intensity|scored?|scores|scale|murmurs?|sem|grade|reflex(?:es)?|dtrs?|pulses?|apgars?|gcs|mallampati|muscles?|extremit(?:y|ies)|[rlb]?[ul]e'?s?|arms?|legs?|upper|lower|throughout|bilateral(?:ly)?|flex(?:ion|ors?)|exten(?:sion|sors?)|grip|biceps|triceps|deltoids?|quad(?:riceps)?s?|hamstrings?|dorsiflexion|systolic|diastolic|stage|cycle|phase|kps|ecog"
const SCORE_BEFORE = new RegExp(`(?:^|[^a-z])(?:${SCORED}|tak(?:e|es|ing|en)|took|half|a&o|ao|oriented)\\b[^.;\\n]{0,32}$`)
const SCORE_BEHIND = new RegExp(
  `^[^.;,\\n)]{0,20}\\b(?:${SCORED}|tab(?:let)?s?|caps?(?:ules)?|pills?|doses?|packs?|ppd|prn|ns|saline|mg|ml|cups?|inch(?:es)?|hours?|way|bottles?|of)\\b`
)
/** Of which the first number may be the larger: pressures, and sight in metres. */
const PRESSED_BEFORE = /(?:^|[^a-z])(?:[bc]pap|bipap|[ie]pap|peep|p?ip|pressures?|settings?|vision|acuity|va|sight|o[dsu])\b[^.;\n]{0,24}$/
const PRESSED_BEHIND = /^[^.;,\n)]{0,12}\b(?:[bc]pap|bipap|cm\s?h2o|mmhg|o[dsu])\b/
/** Of which the second number is above ten: "GCS 10/15". */
const HIGH_BEFORE =
  /(?:^|[^a-z])(?:gcs|coma scale|mmse|moca|slums|phq-?\d?|gad-?\d?|scored?|scores|points|rass|nihss)(?:\s(?:is|was|of|total))?[\s:=]{1,3}$/
const MOST_BEFORE = 48
const MOST_SCORE = 10

/** Whether what follows two numbers says that they are a score or a part: "4/5 strength", "1/2 tab". */
export function isScored(behind: string): boolean {
  return PART_BEHIND.test(behind)
}

/** Of a score the first number is not the larger, and no usual one counts further. */
export function isScoreLike(one: string | undefined, two: string | undefined): boolean {
  return Number(one) <= Number(two) && Number(two) <= MOST_SCORE
}

/** Whether a word in the clause says that the two numbers at [start, end) of a text in lower case are a score. */
export function isScore(lower: string, start: number, end: number): boolean {
  const [one, two] = lower.slice(start, end).split('/')
  const before = lower.slice(Math.max(0, start - MOST_BEFORE), start)
  const behind = lower.slice(end, end + MOST_BEFORE)
  if (Number(two) > MOST_SCORE) return HIGH_BEFORE.test(before)
  if (!isScoreLike(one, two)) return PRESSED_BEFORE.test(before) || PRESSED_BEHIND.test(behind)
  return SCORE_BEFORE.test(before) || SCORE_BEHIND.test(behind) || PRESSED_BEFORE.test(before)
}
