/**
 * Names that the lists do not tell: two words no dictionary knows ("Xxxx Yyyy"), one before an initial, initials behind "patient", and words that are
 * names here because of what they do ("Hunter reports"). Read after names.ts has found nothing.
 */

import { bitsAt, endAt, isMark, isTight, lengthAt, type Page, shapeAt, startAt, wordAt } from '../reading/page.ts'
import { SHAPE } from '../reading/tokens.ts'
import { WORD } from '../words/words.ts'
import { isEponym } from './eponym.ts'
import { afterParticles, KEPT } from './name-run.ts'

/** What persons do and things do not: behind a word it is a name. */
const ACTS =
  /^(?:says?|said|agrees?|agreed|called|calls|reports?|reported|states?|stated|denies|denied|saw|sees|asks?|asked|tells|told|thinks|thought|wants|wanted|feels|felt|endorses|endorsed|complains|complained|requests|requested|consented|signed|spoke|speaks|wrote|arrived|came|recommends|recommended|agreed|advised|accepted|phoned|texted|emailed)$/

/** "Rose saw him", "Long says", "Stone's note": whether a word acts as a person. */
export function isActing(page: Page, token: number): boolean {
  return isMark(page, token + 1, "'") ? wordAt(page, token + 2) === 's' : isBeside(page, token + 1) && ACTS.test(wordAt(page, token + 1))
}

/** Bits that say nothing of what a word means. */
const SILENT = WORD.placeHead | WORD.trigger
const VERBS =
  /^(?:reports?|reported|states?|stated|denies|denied|endorses|endorsed|complains|complained|presented|presents|underwent|describes|described|requests|requested|lives|arrived|consented)$/

/** "DrXxxx" */
const TITLED = /^(?:Dr|Mrs?|Ms(?!Contin))[A-Z][a-z]{2,}$/

/** The last token of a name that begins with `token`, or -1. */
export function unlisted(page: Page, token: number): number {
  const shape = shapeAt(page, token)
  if ((shape & SHAPE.initial) !== 0) return cuedInitials(page, token)
  if ((shape & (SHAPE.capital | SHAPE.mixed)) === 0 || lengthAt(page, token) < 3) return -1
  if ((shape & SHAPE.mixed) !== 0 && TITLED.test(page.text.slice(startAt(page, token), endAt(page, token)))) return token
  return isUnknown(page, token) ? unknown(page, token) : doer(page, token)
}

function isUnknown(page: Page, token: number): boolean {
  return (shapeAt(page, token) & SHAPE.capital) !== 0 && (bitsAt(page, token) & ~SILENT) === 0 && lengthAt(page, token) > 2
}

/** "Xxxx Yyyy", "Xxxx T.", "Xxxx T. Yyyy", "Xxxx van Yyyy". */
function unknown(page: Page, token: number): number {
  const next = token + 1
  if (!isBeside(page, next) || isEponym(page, token)) return -1
  if ((shapeAt(page, next) & SHAPE.initial) !== 0) {
    const stop = isMark(page, next + 1, '.')
    const surname = stop ? next + 2 : next + 1
    if (isSurname(page, surname)) return surname
    return stop && goesOn(page, next + 2) ? next + 1 : -1
  }
  const surname = afterParticles(page, next)
  return isSurname(page, surname) ? surname : -1
}

function isSurname(page: Page, token: number): boolean {
  if (!isBeside(page, token) || isEponym(page, token)) return false
  const listed = (bitsAt(page, token) & (WORD.last | KEPT)) === WORD.last && (shapeAt(page, token) & SHAPE.capital) !== 0
  return listed || isUnknown(page, token)
}

/** A comma or a word in lower case: the full stop before it ended no sentence. */
function goesOn(page: Page, token: number): boolean {
  return isMark(page, token, ',') || isMark(page, token, ')') || (shapeAt(page, token) & SHAPE.lower) !== 0
}

function isBeside(page: Page, token: number): boolean {
  return (shapeAt(page, token) & (SHAPE.blankBefore | SHAPE.gapBefore)) === SHAPE.blankBefore
}

/** "pt J.D.", "patient named A.B." */
function cuedInitials(page: Page, token: number): number {
  const cue = isMark(page, token - 1, ':') || isMark(page, token - 1, ',') ? token - 2 : token - 1
  if (!/^(?:pt|patient|named|initials|client|resident)$/.test(wordAt(page, cue)) || !isMark(page, token + 1, '.')) return -1
  let last = token + 1
  while (isTight(page, last + 1) && (shapeAt(page, last + 1) & SHAPE.initial) !== 0 && isMark(page, last + 2, '.')) last += 2
  return last > token + 1 ? last : -1
}

/** "Hunter reports", "Patient Brown", "Baby Girl Young": a word that is a name here. */
function doer(page: Page, token: number): number {
  const bits = bitsAt(page, token)
  if ((bits & (WORD.first | WORD.last)) === 0 || (bits & (WORD.never | WORD.title | WORD.facility)) !== 0) return -1
  if ((bits & WORD.first) !== 0 && VERBS.test(wordAt(page, token + 1))) return token
  if ((bits & WORD.last) === 0 || (shapeAt(page, token + 1) & (SHAPE.capital | SHAPE.upper)) !== 0) return -1
  const before = wordAt(page, token - 1)
  if (before === 'patient' || before === 'pt') return (bits & WORD.usualLast) !== 0 && isBeside(page, token) ? token : -1
  return /^(?:boy|girl)$/.test(before) && /^(?:baby|infant)$/.test(wordAt(page, token - 2)) ? token : -1
}
