/** A value of a record as JSON gives it, and the one question asked of all of them: is it an object? */
import type { Json } from '../../digest.ts'

export type Value = Json | undefined
export type Members = { readonly [key: string]: Value }

/** The members of an object; null for everything else. */
export function membersOf(value: Value): Members | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
}
