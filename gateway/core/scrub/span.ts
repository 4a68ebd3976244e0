/** What a detector claims and what is told of it: the shapes that pass between the files of this folder. */
import type { IdentifierClass } from './classes.ts'

/** A claim over the folded text: [start, end) in its UTF-16 units. */
export interface Span {
  readonly start: number
  readonly end: number
  readonly class: IdentifierClass
  /** which rule claimed it; a constant of the code, never a piece of text */
  readonly rule: string
  /** parts of it of which it is known whose name they are */
  readonly told?: readonly Told[]
}

/** A part of a name, however it is written: [start, end), and the name that the record has for it. */
export interface Told {
  readonly start: number
  readonly end: number
  readonly key: string
}

/** What stands at a finding: what a cover is made from. */
export interface Found {
  readonly class: IdentifierClass
  /** which rule found it */
  readonly rule: string
  /** the characters of the text as they stood, folded (normalise.ts) */
  readonly folded: string
  /** in order, without overlaps; offsets in `folded` */
  readonly told: readonly Told[]
}

/** Says what stands in place of an identifier. */
export type Cover = (found: Found) => string

/** A finding as reported: [start, end) in UTF-16 units of the text that was given. */
export interface Finding {
  readonly start: number
  readonly end: number
  readonly class: IdentifierClass
  readonly rule: string
  readonly replacement: string
}
