/**
 * The start of the single file that auditors run on any Node from 20 on: `node sallyport-verify.mjs FILE --key KEY`. Made by scripts/verify-build.ts;
 * the same code as `sallyport verify`. Decides only what was typed.
 */
import { parseArgs } from 'node:util'
import { endVerify, type Typed } from './run.ts'
import { VERIFY_EXIT, VERIFY_HELP } from './told.ts'

const USAGE = `Usage: node sallyport-verify.mjs FILE --key KEY [--entry FILE] [--json]
${VERIFY_HELP.replaceAll('sallyport verify', 'node sallyport-verify.mjs')}`

function typed(): Typed | 'help' | null {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        key: { type: 'string', multiple: true, default: [] },
        entry: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false }
      }
    })
    const [file] = positionals
    if (values.help) return 'help'
    if (file === undefined || positionals.length > 1 || values.key.length === 0) return null
    return { file, keys: values.key, entry: values.entry ?? null, form: values.json ? 'json' : 'text' }
  } catch {
    return null
  }
}

const asked = typed()
if (asked === 'help') process.stdout.write(USAGE)
else if (asked === null) {
  process.stderr.write(USAGE)
  process.exitCode = VERIFY_EXIT.usage
} else await endVerify(asked)
