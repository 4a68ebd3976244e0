/** The `urn:` name and the type of a Bundle entry, by a look at its outermost members. Decides neither whether it is a record nor whether it is a good one. */
import { textOf } from './read.ts'
import { screen } from './screen.ts'
import { isResourceType } from './types.ts'

const RESOURCE = Buffer.from('resource')
const RESOURCE_TYPE = Buffer.from('resourceType')

/** How an entry usually begins: no need to look further. */
const USUAL = /^\s*\{\s*"fullUrl"\s*:\s*"(urn:[^"\\]+)"\s*,\s*"resource"\s*:\s*\{\s*"resourceType"\s*:\s*"([A-Za-z]+)"/

/** The name and type of the entry at bytes[start, end); null when it has none. */
export function entryName(bytes: Uint8Array, start: number, end: number, maxDepth: number): readonly [name: string, type: string] | null {
  const quick = USUAL.exec(textOf(bytes, start, Math.min(end, start + 256)))
  if (quick?.[1] !== undefined && quick[2] !== undefined) return isResourceType(quick[2]) ? [quick[1], quick[2]] : null
  const screened = screen(bytes, start, end, maxDepth, RESOURCE)
  if (screened.memberStart < 0) return null
  const head = textOf(bytes, start, screened.memberStart)
  const fullUrl =
    /"fullUrl"\s*:\s*"(urn:[^"\\]+)"/.exec(head) ?? /"fullUrl"\s*:\s*"(urn:[^"\\]+)"/.exec(textOf(bytes, screened.memberEnd, end))
  if (fullUrl?.[1] === undefined) return null
  const type = typeAt(bytes, screened.memberStart, screened.memberEnd, maxDepth)
  return type === null ? null : [fullUrl[1], type]
}

/** The resourceType of the object at bytes[start, end), if it is one of R4. */
export function typeAt(bytes: Uint8Array, start: number, end: number, maxDepth: number): string | null {
  const quick = /^\s*\{\s*"resourceType"\s*:\s*"([A-Za-z]+)"/.exec(textOf(bytes, start, Math.min(end, start + 80)))
  if (quick?.[1] !== undefined) return isResourceType(quick[1]) ? quick[1] : null
  const { memberStart, memberEnd } = screen(bytes, start, end, maxDepth, RESOURCE_TYPE)
  const type = memberStart < 0 ? '' : textOf(bytes, memberStart, memberEnd).trim().slice(1, -1)
  return isResourceType(type) ? type : null
}
