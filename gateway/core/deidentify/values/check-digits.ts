/** Code systems whose codes carry a check digit: a telephone, record or social security number, or a date, written where such a code belongs, nearly always fails it and goes. */

/** The dihedral group D5, row by row: Verhoeff's multiplication. */
const PRODUCT = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210'
]
/** Verhoeff's permutation by place, from the last digit on. */
const BY_PLACE = ['0123456789', '1576283094', '5803796142', '8916043527', '9453126870', '4286573901', '2793806415', '7046913258']

/** System → does the check digit agree? Asked of codes that already have the shape the profile gives. */
export const CHECK_DIGITS: ReadonlyMap<string, (code: string) => boolean> = new Map([
  ['http://snomed.info/sct', isConceptId],
  ['http://loinc.org', isLoinc]
])

/** Texts of an element in which every such number must agree; one without any passes. */
export const CHECKED_TEXTS: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ['gs1', (text: string) => !/^\d{14}$/.test(text) || isTradeItem(text)],
  ['loinc', (text: string) => (text.match(/\d+-\d/g) ?? []).every(isLoinc)]
])

/** GS1 General Specifications 7.9: the last of fourteen digits; every second one counts three times. */
function isTradeItem(digits: string): boolean {
  let sum = 0
  for (let place = 0; place < digits.length; place++) sum += Number(digits[place]) * (place % 2 === 0 ? 3 : 1)
  return sum % 10 === 0
}

/**
 * SNOMED CT Release File Specification 6: a concept's partition before the Verhoeff check digit. Of the international release (00) none has more than ten
 * digits but those of its metadata; of an extension (10) the number of its namespace stands before, and all that were given begin with 1000. Whoever
 * reckons the check digit for a telephone or social security number finds no room for it.
 */
const CONCEPT_ID = /^(?:\d{3,7}00\d|900000000000\d{3}00\d|\d{1,8}1000\d{3}10\d)$/

function isConceptId(code: string): boolean {
  return CONCEPT_ID.test(code) && verhoeff(code)
}

function verhoeff(code: string): boolean {
  let product = 0
  for (let place = 0; place < code.length; place++) {
    const digit = Number(BY_PLACE[place % 8]?.[Number(code[code.length - 1 - place])])
    product = Number(PRODUCT[product]?.[digit])
  }
  return product === 0
}

/** LOINC Users' Guide: modulus 10. Answer codes (LA, LP) count their letters in a way of their own and pass. */
function isLoinc(code: string): boolean {
  const found = /^(\d+)-(\d)$/.exec(code)
  if (found === null) return true
  const [, digits = '', check = ''] = found
  let sum = Number(check)
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits[digits.length - 1 - place]) * (place % 2 === 0 ? 2 : 1)
    sum += digit > 9 ? digit - 9 : digit
  }
  return sum % 10 === 0
}
