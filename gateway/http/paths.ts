/**
 * Path confusion, refused before any route is looked at: what two readers of the same URL could read differently (encoded slashes and
 * dots, dot segments, double slashes, backslashes, parameters after ';', control characters, absolute form) is no request at all.
 */
import { RequestError } from '../core/errors.ts'

const PATH = /^(?:\/(?:[A-Za-z0-9\-._~$:@!'()*+,=&]|%[0-9A-Fa-f]{2})+)*\/?$/
/** '/', '\', NUL and other controls, '.', ';', '%' and '?' '#' in encoded form. */
const HIDDEN = /%(?:2[fFeE53]|5[cC]|3[bBfF]|[01][0-9A-Fa-f]|7[fF])/
const MAX_URL = 8192

/** The URL as the router shall see it (`%24export` read as `$export`, as some clients write it). RequestError bad-request. */
export function plainUrl(url: string): string {
  const end = url.indexOf('?')
  const path = end === -1 ? url : url.slice(0, end)
  const dotted = path.split('/').some((segment) => segment === '.' || segment === '..')
  if (url.length > MAX_URL || !path.startsWith('/') || !PATH.test(path) || HIDDEN.test(path) || dotted || !decodes(path)) {
    throw new RequestError('bad-request', 'The address is not in its plain form.')
  }
  return path.replace(/\/%24export$/, '/$export') + (end === -1 ? '' : url.slice(end))
}

function decodes(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

/** Identifiers of ours in a path; anything else cannot exist here. RequestError not-found. */
export function pathId(value: string | string[] | undefined): string {
  if (typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(value)) return value
  throw new RequestError('not-found')
}

/** The name of a file that goes out: `<Type>.<n>.ndjson…`. RequestError not-found. */
export function downloadName(value: string | string[] | undefined): string {
  if (typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(value)) return value
  throw new RequestError('not-found')
}

/** The sender's name for an upload: kept only as an HMAC, so any printable text without a slash will do. RequestError bad-request. */
export function uploadName(value: string | string[] | undefined): string {
  if (typeof value === 'string' && /^[^\p{C}/\\]{1,200}$/u.test(value) && value !== '.' && value !== '..') return value
  throw new RequestError('bad-request', 'Name the file with 1 to 200 printable characters and no slash.')
}
