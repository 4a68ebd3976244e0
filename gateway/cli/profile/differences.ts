/** Where two JSON values differ, place by place, for a reader: `released[0].birthDate: expected "1960", got "1960-05"`. Decides nothing. */
import { canonicalJson, type Json } from '../../core/digest.ts'

/** One line a place; none where they are the same. Order of members does not matter. */
export function differences(expected: Json | undefined, got: Json | undefined, path = ''): string[] {
  if (expected === undefined || got === undefined) return expected === got ? [] : [line(path, expected, got)]
  if (Array.isArray(expected) && Array.isArray(got)) {
    const longer = Array.from({ length: Math.max(expected.length, got.length) }, (_, n) => n)
    return longer.flatMap((n) => differences(expected[n], got[n], `${path}[${n}]`))
  }
  if (isObject(expected) && isObject(got)) {
    const names = [...new Set([...Object.keys(expected), ...Object.keys(got)])]
    return names.flatMap((name) => differences(expected[name], got[name], path === '' ? name : `${path}.${name}`))
  }
  return canonicalJson(expected) === canonicalJson(got) ? [] : [line(path, expected, got)]
}

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function line(path: string, expected: Json | undefined, got: Json | undefined): string {
  return `${path === '' ? '(all)' : path}: expected ${shown(expected)}, got ${shown(got)}`
}

function shown(value: Json | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}
