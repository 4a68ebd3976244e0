/**
 * The passphrase of a file of keys, where the configuration does not give it: asked for on a terminal, without showing it, else the first line of standard
 * input. Never an argument of a command: every account of the machine reads those. Refuses a new one that is typed in two ways.
 */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Config } from '../../config/config.ts'
import type { Secrets } from '../../config/secrets.ts'
import { RequestError } from '../../core/errors.ts'
import type { KeySource } from '../../seal/keysource.ts'

/** The source that is configured, with the passphrase it needs. */
export async function keySourceHere(config: Config, secrets: Secrets): Promise<KeySource> {
  const { keySourceOf } = await import('../../keys.ts')
  if (config.keysFile === null || secrets.keysPassphrase !== null || !process.stdin.isTTY) return keySourceOf(config, secrets)
  const typed = await typedOn(`Passphrase of ${config.keysFile}: `)
  return keySourceOf(config, secrets, () => typed)
}

/** A new one: of a file, else typed twice, else the first line of standard input. */
export async function newPassphrase(file: string | undefined): Promise<string> {
  if (file !== undefined) return firstLine(readFileSync(file, 'utf8'))
  if (!process.stdin.isTTY) return firstLine(readFileSync(0, 'utf8'))
  const typed = await typedOn('New passphrase: ')
  if ((await typedOn('Once more: ')) !== typed) throw new RequestError('bad-request', 'The two were not the same.')
  return typed
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? ''
}

async function typedOn(prompt: string): Promise<string> {
  process.stderr.write(prompt)
  // readline echoes to its output: nowhere
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  try {
    return await lines.question('')
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
