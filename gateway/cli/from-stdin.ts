/**
 * Options whose value may be `-`, for standard input: what stands on a command line every account of the machine can read, and a shell keeps it. Refuses an input that
 * names nobody, or more than one where one is asked for.
 */
import { existsSync, readFileSync } from 'node:fs'
import { InvalidArgumentError } from 'commander'
import { OperatorHint } from '../core/errors.ts'

/** The value, or all of standard input. InvalidArgumentError: it is empty. */
export function fromStdin(value: string): string {
  if (value !== '-') return value
  const text = readFileSync(0, 'utf8').trim()
  if (text === '') throw new InvalidArgumentError('Standard input is empty.')
  return text
}

/** A code that opens something: from a file, or standard input, and never from the command line. OperatorHint: there is no such file, or it is empty. */
export function codeFrom(value: string): string {
  if (value === '-') return fromStdin(value)
  const text = existsSync(value) ? readFileSync(value, 'utf8').trim() : ''
  if (text === '') throw new OperatorHint('give the code in a file, or - for standard input: what stands on a command line others can read')
  return text
}

/** An option that names patients, and may be given more than once; of standard input each line names one. */
export function patients(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...fromStdin(value).split(/\s*\n\s*/)]
}

/** One that names a single patient. InvalidArgumentError: standard input names more. */
export function onePatient(value: string): string {
  const [name = '', ...others] = patients(value)
  if (others.length > 0) throw new InvalidArgumentError('It names one patient.')
  return name
}
