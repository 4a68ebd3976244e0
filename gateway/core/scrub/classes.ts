/**
 * The classes of identifiers that text is searched for, each with its place in the list of 45 CFR 164.514(b)(2)(i). What is not in this table is not
 * looked for: photographs (Q) and biometrics (P) are no text.
 */

interface ClassRow {
  /** the paragraph of 45 CFR 164.514(b)(2)(i) */
  readonly letter: string
  readonly says: string
  /** who wins where two classes claim the same characters, all else equal: the smaller number */
  readonly rank: number
}

const TABLE = {
  EMAIL: { letter: 'F', says: 'electronic mail addresses', rank: 1 },
  URL: { letter: 'N', says: 'web addresses', rank: 2 },
  IP: { letter: 'O', says: 'internet protocol addresses', rank: 3 },
  SSN: { letter: 'G', says: 'social security numbers, their last four digits too', rank: 4 },
  MRN: { letter: 'H', says: 'medical record numbers', rank: 5 },
  FAX: { letter: 'E', says: 'fax numbers', rank: 6 },
  PAGER: { letter: 'D', says: 'pager numbers', rank: 7 },
  PHONE: { letter: 'D', says: 'telephone numbers', rank: 8 },
  ACCOUNT: { letter: 'J', says: 'account, policy and card numbers', rank: 9 },
  LICENCE: { letter: 'K', says: 'certificate and licence numbers', rank: 10 },
  VIN: { letter: 'L', says: 'vehicle identification numbers', rank: 11 },
  PLATE: { letter: 'L', says: 'licence plates', rank: 12 },
  DEVICE: { letter: 'M', says: 'device identifiers and serial numbers', rank: 13 },
  COORDINATES: { letter: 'B', says: 'geographic coordinates', rank: 14 },
  STREET: { letter: 'B', says: 'street addresses', rank: 15 },
  FACILITY: { letter: 'B', says: 'hospitals, clinics, schools, employers', rank: 16 },
  PLACE: { letter: 'B', says: 'cities, counties and other areas smaller than a state', rank: 17 },
  NAME: { letter: 'A', says: 'names of persons', rank: 18 },
  ZIP: { letter: 'B', says: 'ZIP and postal codes', rank: 19 },
  ROOM: { letter: 'B', says: 'rooms and beds', rank: 20 },
  DATE: { letter: 'C', says: 'dates finer than a year', rank: 21 },
  AGE: { letter: 'C', says: 'ages over 89 and what tells them', rank: 22 },
  TIME: { letter: 'C', says: 'times of day', rank: 23 },
  ID: { letter: 'R', says: 'any other unique number or code', rank: 24 }
} as const satisfies Record<string, ClassRow>

export type IdentifierClass = keyof typeof TABLE

export const CLASSES: ReadonlyMap<IdentifierClass, ClassRow> = new Map<IdentifierClass, ClassRow>(
  // the keys of TABLE are the classes, by the type's own definition
  Object.entries(TABLE) as [IdentifierClass, ClassRow][]
)
