/**
 * One verification from what was typed: reads the keys, checks the file, says what was found. Decides what is wrong usage. Refuses to go on without a
 * key of the log. Used by `sallyport verify` and by the single file for auditors alike.
 */
import { readFile } from 'node:fs/promises'
import { checkFile } from '../../seal/verify/file.ts'
import { joinKeys, type Keys, parseKeys } from '../../seal/verify/keys.ts'
import { type Told, told, VERIFY_EXIT } from './told.ts'

export interface Typed {
  readonly file: string
  /** verifier keys, or files of keys */
  readonly keys: readonly string[]
  readonly entry: string | null
  readonly form: 'text' | 'json'
}

/** What was typed cannot be done: a sentence for stderr, and exit code 2. */
export class UsageFault extends Error {
  override readonly name = 'UsageFault'
}

/** Throws UsageFault. */
export async function runVerify(typed: Typed): Promise<Told> {
  const keys = joinKeys(await Promise.all(typed.keys.map(keysFrom)))
  if (keys.log.length === 0) throw new UsageFault('--key names no key of a log')
  try {
    return told(await checkFile(typed.file, keys, typed.entry), typed.form)
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw new UsageFault(`a file that was named cannot be read (${String(error.code)})`)
    throw error
  }
}

async function keysFrom(typed: string): Promise<Keys> {
  const direct = parseKeys(typed)
  if (direct !== null) return direct
  const text = await readFile(typed, 'utf8').catch(() => null)
  const keys = text === null ? null : parseKeys(text)
  if (keys === null) throw new UsageFault('--key is neither a verifier key (name+id+base64) nor a file of such keys or of pins')
  return keys
}

/** Ends as a program does. */
export async function endVerify(typed: Typed): Promise<void> {
  try {
    const { code, text } = await runVerify(typed)
    process.stdout.write(text)
    process.exitCode = code
  } catch (error) {
    if (!(error instanceof UsageFault)) throw error
    process.stderr.write(`sallyport verify: ${error.message}\n`)
    process.exitCode = VERIFY_EXIT.usage
  }
}
