/**
 * What a command says when it fails, and the number it ends with: 1 failure, 2 usage or configuration, 3 denied or not
 * verified, 4 the log itself was altered, 75 try again later (sysexits EX_TEMPFAIL). Refuses to print a message that is not ours: a library's
 * words may repeat what came from outside.
 */
import { type Code, IntegrityError, OperatorHint, PolicyError, RequestError, UpstreamError } from '../core/errors.ts'
import { placesOf } from '../core/places.ts'

export const EXIT = { success: 0, failure: 1, usage: 2, denied: 3, alarm: 4, temporary: 75 } as const

/** Codes of RequestError that do not simply mean 'this failed'. */
const BY_CODE: ReadonlyMap<Code, number> = new Map<Code, number>([
  ['bad-request', EXIT.usage],
  ['key-missing', EXIT.usage],
  ['token-missing', EXIT.denied],
  ['token-invalid', EXIT.denied],
  ['token-expired', EXIT.denied],
  ['scope-missing', EXIT.denied],
  ['invalid_client', EXIT.denied],
  ['invalid_scope', EXIT.denied],
  ['party-unknown', EXIT.denied],
  ['not-an-operator', EXIT.denied],
  ['registration-refused', EXIT.denied],
  ['agreement-unknown', EXIT.denied],
  ['agreement-inactive', EXIT.denied],
  ['agreement-expired', EXIT.denied],
  ['certificate-expired', EXIT.denied],
  ['opted-out', EXIT.denied],
  ['hold-refused', EXIT.denied],
  ['below-quality', EXIT.denied],
  ['held', EXIT.denied],
  ['wrong-recipient', EXIT.denied],
  ['too-many-requests', EXIT.temporary],
  ['too-slow', EXIT.temporary],
  ['upload-in-progress', EXIT.temporary]
])

/** Codes of IntegrityError that say the gateway's log cannot be trusted any more: of another urgency than a file that did not verify. */
export const ALARMS: ReadonlySet<Code> = new Set<Code>(['log-forked', 'log-rolled-back', 'log-foreign', 'log-unproved', 'log-stale'])

/** Node's own errors that mean 'the file you named', and what to say; their messages hold a path, so only the code is read. */
const BY_SYSTEM_CODE: ReadonlyMap<string, readonly [number, string]> = new Map([
  ['ENOENT', [EXIT.usage, 'a file or folder that was named is not there']],
  ['EACCES', [EXIT.usage, 'a file or folder may not be read or written by this account']],
  ['EISDIR', [EXIT.usage, 'a folder was named where a file is needed']],
  ['ENOTDIR', [EXIT.usage, 'a file was named where a folder is needed']],
  ['EADDRINUSE', [EXIT.usage, 'the port is taken by another program']],
  ['ENOSPC', [EXIT.temporary, 'there is no room left on the disk']],
  ['ECONNREFUSED', [EXIT.temporary, 'nothing answers at that address']],
  ['ECONNRESET', [EXIT.temporary, 'the connection was cut']],
  ['EPIPE', [EXIT.temporary, 'the connection was cut']],
  ['ETIMEDOUT', [EXIT.temporary, 'nothing answers at that address']],
  ['EHOSTUNREACH', [EXIT.temporary, 'that machine cannot be reached']],
  ['ENETUNREACH', [EXIT.temporary, 'that machine cannot be reached']],
  ['EAI_AGAIN', [EXIT.temporary, 'the name of the machine cannot be looked up now']],
  ['ENOTFOUND', [EXIT.failure, 'no machine has that name']]
])

function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** The exit code for whatever a command threw. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof PolicyError) return EXIT.usage
  if (error instanceof IntegrityError) return ALARMS.has(error.code) ? EXIT.alarm : EXIT.denied
  if (error instanceof UpstreamError) return EXIT.temporary
  if (error instanceof RequestError) return BY_CODE.get(error.code) ?? EXIT.failure
  return BY_SYSTEM_CODE.get(systemCode(error))?.[0] ?? EXIT.failure
}

/** What stands behind a coded error, as far as it is ours or a bare code such as ECONNREFUSED. */
function because(cause: unknown): string[] {
  if (cause instanceof OperatorHint) return [cause.message, ...because(cause.cause)]
  const code = systemCode(cause)
  return /^[A-Z0-9_]{3,32}$/.test(code) ? [`(${code})`] : []
}

/** Lines for stderr, the code of the error first in brackets so that scripts can grep for it. */
export function sentencesOf(error: unknown): string[] {
  if (error instanceof PolicyError) {
    const faults = error.faults.map((fault) => `  ${fault.path === '' ? '' : `${fault.path}: `}${fault.message}`)
    return [`[${error.code}] ${error.message}`, ...faults, ...because(error.cause)]
  }
  if (error instanceof RequestError) {
    return [`[${error.code}] ${error.message}`, ...(error.hint === undefined ? [] : [error.hint]), ...because(error.cause)]
  }
  if (error instanceof UpstreamError) return [`[${error.code}] ${error.message}`, ...because(error.cause)]
  if (error instanceof IntegrityError) {
    const evidence = Object.entries(error.evidence).map(([name, value]) => `  ${name}: ${value}`)
    return [`[${error.code}] ${error.message}`, ...evidence]
  }
  if (error instanceof OperatorHint) return [error.message]
  const known = BY_SYSTEM_CODE.get(systemCode(error))
  if (known !== undefined) return [`${known[1]} (${systemCode(error)})`]
  return [`[internal] ${error instanceof Error ? `${error.name} at ${whereOf(error)}` : 'unknown'}`]
}

/** The first line of the stack that is a place in code: a programmer needs it, and it holds no data. */
function whereOf(error: Error): string {
  return placesOf(error, 1)[0]?.slice('at '.length) ?? 'an unknown place'
}
