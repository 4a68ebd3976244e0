/** Files that a verifier must end with `format` on, at once and in little memory: nested deep, wide, endless. By name; the log signed none of it. */
import { canonicalJson } from '../../gateway/core/digest.ts'
import type { TestLog } from './log.ts'

const SALT = Buffer.alloc(32).toString('base64url')

function nested(depth: number): string {
  return `${'['.repeat(depth)}${']'.repeat(depth)}`
}

/** Unsigned, and with the statement `{…,"x":<x>}`. */
function manifestWith(x: string): string {
  const payload = `{"keys":[],"receipt":"x","salt":"${SALT}","statement":{"at":"a","kind":"k","x":${x}},"v":1}`
  return canonicalJson({ payload: Buffer.from(payload).toString('base64url'), protected: 'e30', signature: '' })
}

function wide(mebibytes: number): string {
  return `[${'{},'.repeat(mebibytes * ((1 << 20) / 3) - 2)}{}]`
}

/** Names and contents. `log`: whose export they begin as. */
export function* hostileFiles(log: TestLog): Generator<readonly [name: string, content: string]> {
  const [head = '', entry = ''] = log.exported().split('\n')
  for (const depth of [65, 1000, 3000, 4000, 6000, 100_000]) {
    yield [`a manifest ${depth} deep`, manifestWith(nested(depth))]
    yield [`an export whose head is ${depth} deep`, head.replace('"before":[]', `"before":[${nested(depth)}]`)]
    yield [`an entry ${depth} deep`, `${head}\n${entry.replace(/"body":.*/, `"body":${nested(depth)}}`)}\n`]
  }
  yield ['a manifest of just under 2 MiB', manifestWith(wide(1.45))]
  yield ['a manifest of 60 MiB', manifestWith(wide(45))]
  yield ['a line of just under 1 MiB', `${head}\n${wide(1)}\n`]
  yield ['a line of 60 MiB', `${head}\n${wide(60)}\n`]
  yield ['a line of a byte more than 1 MiB', `${head}\n"${'x'.repeat((1 << 20) - 1)}"\n`]
  yield ['a head of 60 MiB', `{"export":${wide(60)}}\n`]
  yield ['no newline in 60 MiB', `${head}\n${'x'.repeat(60 << 20)}`]
}
