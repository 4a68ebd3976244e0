/**
 * What a verification says, in words and as JSON, and the number it ends with: 0 proved, 1 not proved. Decides no proof. Prints names from a file
 * only as printable characters: what is not proved yet must not drive a terminal.
 */
import { type Checked, PROOF_FAULTS } from '../../core/log/proof-fault.ts'
import { printable } from '../../core/printable.ts'
import type { Found } from '../../seal/verify/file.ts'

export const VERIFY_EXIT = { proved: 0, notProved: 1, usage: 2 } as const

export interface Told {
  readonly code: number
  readonly text: string
}

export const VERIFY_HELP = `
FILE is a receipt (C2SP tlog-proof), a manifest of a dataset, an export of the log, or a patient's accounting in JSON (a PDF has it attached). Nothing but FILE and the key is read: no network, no database.
--key is the log's public key as you got it from the operator by another way: a verifier key (name+id+base64), a file of such, or the pins file. With
the pins file the signature of a manifest is checked too; without it only that the log holds what the manifest says.

Examples:
  sallyport verify manifest.json --key pins.json
  sallyport verify receipt.txt --entry leaf.json --key log.example.org/sallyport+1a2b3c4d+AV…
  sallyport verify accounting.json --key log.vkey
  sallyport verify export.ndjson --key log.vkey --json

Ends with 0 when all is proved, 1 when not, naming what failed first (format, origin, signature, inclusion, commitment, consistency), 2 on wrong usage.
`

type Facts = Readonly<Record<string, string | number>>

function factsOf(found: Found): Facts {
  if (found.what === 'export') {
    const { origin, first, size, entries, checkpoints, bodies, expired } = found
    const told = { origin, first: String(first), size: String(size), entries, checkpoints, ...bodiesOf(bodies) }
    return expired === '' ? told : { ...told, expiredEntries: expired }
  }
  if (found.what === 'accounting') return { ...(found.origin === null ? {} : { origin: found.origin }), ...accountingOf(found) }
  const { index, checkpoint } = found
  const place = { origin: checkpoint.origin, index: String(index), size: String(checkpoint.size), root: checkpoint.root.toString('base64') }
  return found.what === 'receipt' ? place : { ...place, ...namesOf(found.statement), signature: found.signed }
}

function accountingOf({ source, at, required, voluntary }: Extract<Found, { what: 'accounting' }>): Facts {
  return { source: shown(source), made: shown(at), required, voluntary }
}

function bodiesOf({ proved, expired, withheld }: Extract<Found, { what: 'export' }>['bodies']): Facts {
  return { bodiesProved: proved, bodiesExpired: expired, bodiesWithheld: withheld }
}

const NAMES = ['kind', 'at', 'dataset', 'source', 'recipient', 'purposeOfUse', 'mode']

function namesOf(statement: Readonly<Record<string, unknown>>): Facts {
  return Object.fromEntries(NAMES.flatMap((name) => (typeof statement[name] === 'string' ? [[name, shown(statement[name])]] : [])))
}

function shown(text: string): string {
  return printable(text.slice(0, 300))
}

const SENTENCES: Readonly<Record<Found['what'], (facts: Facts) => string>> = {
  receipt: (facts) => `proved: the log holds this entry, at ${facts['index']} of ${facts['size']}`,
  manifest: (facts) => `proved: the log holds what this manifest says, at ${facts['index']} of ${facts['size']}`,
  export: (facts) =>
    `proved: all ${facts['entries']} entries, under ${facts['checkpoints']} signed checkpoints${facts['expiredEntries'] === undefined ? '' : `; what entries ${facts['expiredEntries']} said is not here any more`}`,
  accounting: (facts) =>
    facts['origin'] === undefined
      ? 'well formed, but it lists no disclosure: there is nothing to prove'
      : `proved: each of ${Number(facts['required']) + Number(facts['voluntary'])} disclosures, with the row of the patient`
}

/** The words for a terminal, or one JSON object, for what was found. */
export function told(checked: Checked<Found>, form: 'text' | 'json'): Told {
  if (!checked.ok) {
    const { failed, where } = checked
    const says = PROOF_FAULTS[failed]
    const text = form === 'json' ? JSON.stringify({ proved: false, failed, where, says }) : `not proved: ${failed}: ${where}: ${says}`
    return { code: VERIFY_EXIT.notProved, text: `${text}\n` }
  }
  const { what } = checked.found
  const facts = factsOf(checked.found)
  if (form === 'json') return { code: VERIFY_EXIT.proved, text: `${JSON.stringify({ proved: true, what, ...facts })}\n` }
  const rows = Object.entries(facts).map(([name, value]) => `  ${name.padEnd(16)}${value}`)
  return { code: VERIFY_EXIT.proved, text: `${[SENTENCES[what](facts), ...rows].join('\n')}\n` }
}
