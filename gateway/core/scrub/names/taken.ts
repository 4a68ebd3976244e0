/** Names of drugs that are names of persons, too: what is taken, by what stands around it ("takes Xxxx daily", "Xxxx 5 mg"). */
import { isMark, isTight, type Page, shapeAt, wordAt } from '../reading/page.ts'
import { SHAPE } from '../reading/tokens.ts'

const TAKES =
  /^(?:takes?|taking|took|on|using|uses?|used|prescribed|prescribes?|starts?|started|starting|stopped|stops?|continues?|continued|resumed?|refill|refilled|refills|dispensed?|rx|tried)$/
const OFTEN =
  /^(?:daily|nightly|weekly|monthly|once|twice|bid|tid|qid|qd|qhs|qam|qpm|prn|po|tablets?|tabs?|pills?|caps|capsules?|patch|ocp|ocps|contraceptive|contraceptives|contraception|refills?|dose|doses)$/
const UNITS = /^(?:mg|mcg|g|ml|units?|iu|meq)$/
/** Words between a drug and why it is taken: "for emergency contraception". */
const WHY = 3

export function isTaken(page: Page, token: number): boolean {
  // "Nora-BE"
  const joined =
    isMark(page, token + 1, '-') && isTight(page, token + 1) && isTight(page, token + 2) && (shapeAt(page, token + 2) & SHAPE.upper) !== 0
  const next = joined ? token + 3 : token + 1
  if ((shapeAt(page, next) & SHAPE.number) !== 0) return isDosed(page, next)
  return (TAKES.test(wordAt(page, token - 1)) || joined) && (OFTEN.test(wordAt(page, next)) || isFor(page, next))
}

/** "5 mg", "0.35mg", "1/20 mcg" */
function isDosed(page: Page, number: number): boolean {
  const more = (isMark(page, number + 1, '.') || isMark(page, number + 1, '/')) && isTight(page, number + 1) && isTight(page, number + 2)
  return UNITS.test(wordAt(page, more ? number + 3 : number + 1))
}

/** "for contraception" */
function isFor(page: Page, token: number): boolean {
  if (wordAt(page, token) !== 'for' && wordAt(page, token) !== 'as') return false
  for (let at = token + 1; at <= token + WHY; at++) if (OFTEN.test(wordAt(page, at))) return true
  return false
}
