/**
 * Perturb, as in Microsoft's tool (PerturbProcessor): uniform noise around a number, or around the value of a quantity, whose other parts then stay.
 * Leaves every other type alone. The noise is random each time: two runs over the same record differ.
 */
import { randomBytes } from 'node:crypto'
import type { PerturbSetting, Rule } from './configuration.ts'
import type { Done } from './labels.ts'
import { type Node, setValue, touchAll, valueAt } from './tree.ts'

const INTEGERS: ReadonlySet<string> = new Set(['integer', 'positiveInt', 'unsignedInt'])
const QUANTITIES: ReadonlySet<string> = new Set(['Age', 'Count', 'Duration', 'Distance', 'Money', 'Quantity'])

export function perturb(node: Node, { perturb: setting, number }: Rule, _means: unknown, done: Set<Done>): void {
  const target = QUANTITIES.has(node.type) ? node.children.find(({ name }) => name === 'value') : node
  if (setting === null || target === undefined || target.rule > 0) return
  const value = valueAt(target)
  if (typeof value !== 'number' || (target.type !== 'decimal' && !INTEGERS.has(target.type))) return
  setValue(target, noisy(value, target.type, setting))
  for (const child of node.children) touchAll(child, number)
  done.add('perturb')
}

function noisy(value: number, type: string, { span, proportional, roundTo }: PerturbSetting): number {
  const width = proportional ? value * span : span
  const rounded = round(value + (fraction() - 0.5) * width, INTEGERS.has(type) ? 0 : roundTo)
  if (type === 'positiveInt') return Math.max(rounded, 1)
  return type === 'unsignedInt' ? Math.max(rounded, 0) : rounded
}

/** Uniform in [0, 1): 48 random bits. */
function fraction(): number {
  return randomBytes(6).readUIntBE(0, 6) / 2 ** 48
}

function round(value: number, places: number): number {
  return Number(value.toFixed(places))
}
