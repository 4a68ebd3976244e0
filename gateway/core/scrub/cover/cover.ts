/** What stands in place of an identifier: here its class in brackets. */
import type { Cover } from '../span.ts'

/** Its class in brackets, or an invented value. */
export type CoverName = 'placeholder' | 'surrogate'

/** `[NAME]`, `[DATE]`: the reader sees what was there, and nothing of it. */
export const placeholders: Cover = ({ class: name }) => `[${name}]`
