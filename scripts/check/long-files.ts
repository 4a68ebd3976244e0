/**
 * House rules about files: more than 300 lines needs a reason in scripts/config/long-files.txt (and a reason that is needed no
 * more is removed), every file of the gateway opens with a paragraph, and words we do not use are in no file name.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const LIMIT = 300
const NOT_OUR_WORDS = /(^|[/.-])(manager|service|helper|util|common|process|handle|info|whitelist|bypass)s?([/.-]|$)/

function files(root: string): string[] {
  return ['gateway', 'scripts', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
      .map((name) => relative(root, join(root, folder, name)))
      .filter((path) => !path.startsWith('gateway/generated/'))
  )
}

/** `path: reason` a line; # begins a comment. */
function reasons(root: string): Map<string, string> {
  const rows = readFileSync(join(root, 'scripts/config/long-files.txt'), 'utf8').split('\n')
  return new Map(
    rows
      .filter((row) => row.trim() !== '' && !row.startsWith('#'))
      .map((row) => {
        const colon = row.indexOf(':')
        return [row.slice(0, colon).trim(), row.slice(colon + 1).trim()] as const
      })
  )
}

/** What is wrong, one sentence each. */
export function fileFaults(root: string): string[] {
  const excused = reasons(root)
  const faults: string[] = []
  for (const path of files(root)) {
    const text = readFileSync(join(root, path), 'utf8')
    const lines = text.split('\n').length - 1
    const reason = excused.get(path)
    excused.delete(path)
    if (lines > LIMIT && (reason === undefined || reason.length < 20)) faults.push(`${path} has ${lines} lines: split it, or give a reason`)
    if (lines <= LIMIT && reason !== undefined) faults.push(`${path} needs its reason in long-files.txt no more`)
    if (path.startsWith('gateway/') && !/^(#!.*\n)?\/\*\*/.test(text)) faults.push(`${path} does not open with a paragraph`)
    if (NOT_OUR_WORDS.test(path)) faults.push(`${path} is named by a word we do not use (design, Words)`)
  }
  for (const path of excused.keys()) faults.push(`long-files.txt excuses ${path}, which is not there`)
  return faults
}
