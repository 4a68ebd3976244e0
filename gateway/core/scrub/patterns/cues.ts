/**
 * Words beside which numbers are a date: "on 3/5", "labs 3/5", "3/5: seen". Decides by what stands before and behind; refuses what may be a word: "may" and
 * "mar" in small letters, "14 May repeat".
 */
import type { Page } from '../reading/page.ts'

/** Words that a day and a month without a year follow. */
const BEFORE_DATE =
  /(?:^|\W)(?:on|since|dated?|from|until|till|thru|through|by|before|after|dos|dob|dod|lmp|edd|edc|dx|d\/c|dc'?d|admit(?:ted)?|admission|discharged?|surgery|visit|appt|f\/u|follow-?up|seen|starting)[\s:]{1,3}$/
const BEFORE_BIRTH = /(?:^|\W)(?:born|birth|bday|b\.)[\s:]{1,3}$/
const BEFORE_SURE_DATE = /(?:^|\W)(?:on|since|dated?|dos|dob|dod|lmp|edd|admitted|discharged|seen)[\s:]{1,3}$/
/** Behind these a number of two parts is the day of a test or of the next visit. */
const BEFORE_TESTED =
  /(?:^|\W)(?:labs?|cta?|mr[ia]|cxr|kub|xr|x-?rays?|echo(?:cardiogram)?|e[ck]g|eeg|emg|ultrasound|u\/s|pet|dexa|mammo(?:gram)?|colonoscopy|endoscopy|egd|bronch(?:oscopy)?|[bc]mp|cbc|lfts?|cath|angio(?:gram)?|t[te]e|scan|rtc|return|follow up|next|vaccinated|(?:ct|mr[ia]|x-?ray|ultrasound|scan)\s(?:brain|head|neck|chest|abd(?:omen)?|pelvis|spine))[\s:]{1,3}$/
const MOST_BEFORE = 28
const BEFORE_CLAUSE = /(?:^|[.;]\s{1,2}|\n[ \t]{0,8})(?:[-*•]\s{0,2})?$/
const BEHIND_DAY = /^(?::\s|\s[-:]\s)/

function before(lower: string, index: number, length: number): string {
  return lower.slice(Math.max(0, index - length), index)
}

/** Whether a word stands before an offset that a date follows. */
export function isDateNext(lower: string, index: number): boolean {
  const words = before(lower, index, 12)
  return BEFORE_DATE.test(words) || BEFORE_BIRTH.test(words)
}

/** Behind such a word numbers are a date that else would be a score, a dose or a range. */
export function isSureDateNext(lower: string, index: number): boolean {
  return BEFORE_SURE_DATE.test(before(lower, index, 12))
}

export function isTestedNext(lower: string, index: number): boolean {
  return BEFORE_TESTED.test(before(lower, index, MOST_BEFORE))
}

/** "(6/5)", or where a line begins. */
export function isAlone(lower: string, start: number, end: number): boolean {
  if (lower.charAt(start - 1) === '(') return lower.charAt(end) === ')'
  return (
    /(?:^|\n)[ \t]{0,8}(?:[-*•]\s{0,2})?$/.test(before(lower, start, 12)) &&
    /^(?![\w/%:-]|[.,]\d{2,3}|\.\d)/.test(lower.slice(end, end + 4))
  )
}

/** "6/5: seen", "6/5 - seen", where a clause begins. */
export function isHeading(lower: string, start: number, end: number): boolean {
  return BEHIND_DAY.test(lower.slice(end, end + 3)) && BEFORE_CLAUSE.test(before(lower, start, 12))
}

const VERB_BEHIND =
  /^\s(?:not|also|still|then|be|have|need|take|repeat|refill|resume|restart|return|use|give|start|stop|increase|decrease|titrate|require|continue|consider|proceed|go|get|call|contact|help|want|eat|drive|shower|cause|lead|benefit|develop|represent|reflect|occur|recur|vary|advance|discharge)\b/
const ON_TO_MONTH = /^\s?(?:-|&|,|to|and|through|thru|until|till)\s?\d{1,2}\s?-?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)/

/** "may repeat" */
export function isVerbNext(lower: string, end: number): boolean {
  return VERB_BEHIND.test(lower.slice(end, end + 16))
}

/** Whether "may" or "mar" behind a day is the month: [start, end) ends with it, and `month` is where it begins. */
export function isMonthMeant({ text, lower }: Page, start: number, month: number, end: number): boolean {
  if (isVerbNext(lower, end)) return false
  return /[A-Z]/.test(text.charAt(month)) || isDateNext(lower, start) || ON_TO_MONTH.test(lower.slice(end, end + 16))
}
