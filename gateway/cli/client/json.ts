/** Answers of a server, read as what they should be; anything else is 'not the answer of a gateway', never a crash further on. */
import { OperatorHint } from '../../core/errors.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** For text from a server. Throws OperatorHint. */
export function parseObject(text: string): JsonObject {
  try {
    return object(JSON.parse(text))
  } catch {
    throw strange()
  }
}

export function object(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw strange()
  return value as JsonObject // checked above
}

export function objects(value: unknown): JsonObject[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw strange()
  return value.map(object)
}

export function text(from: JsonObject, key: string): string {
  const value = from[key]
  if (typeof value !== 'string') throw strange()
  return value
}

export function count(from: JsonObject, key: string): number {
  const value = from[key]
  if (typeof value !== 'number' || !Number.isFinite(value)) throw strange()
  return value
}

/** `{"opted-out": 3}` and the like; absent is empty. */
export function counts(from: JsonObject, key: string): Record<string, number> {
  const value = from[key]
  if (value === undefined) return {}
  return Object.fromEntries(Object.keys(object(value)).map((name) => [name, count(object(value), name)]))
}

function strange(): OperatorHint {
  return new OperatorHint('the server did not answer as a Sallyport gateway does: check --server')
}
