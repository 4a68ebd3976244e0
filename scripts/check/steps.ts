/** The steps of `npm run check`: each a name, what it sees to, and how it is run. Adding a check means adding a row. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fileFaults } from './long-files.ts'
import { mustNotCompile } from './must-not-compile.ts'
import { nodeFaults } from './node-binary.ts'
import { supplyFaults } from './supply.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export interface Outcome {
  readonly ok: boolean
  /** what to print when it failed */
  readonly said: string
}

export interface Step {
  readonly name: string
  readonly sees: string
  readonly run: () => Promise<Outcome>
}

/** Runs a tool of node_modules under the Node that runs this, from the root. */
async function tool(name: string, ...args: string[]): Promise<Outcome & { readonly output: string }> {
  const script = name.endsWith('.ts') ? join(ROOT, name) : join(ROOT, 'node_modules/.bin', name)
  const child = spawn(process.execPath, [script, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  const [output, complaints, code] = await Promise.all([
    child.stdout.setEncoding('utf8').toArray(),
    child.stderr.setEncoding('utf8').toArray(),
    new Promise<number | null>((resolve) => child.once('close', resolve))
  ])
  return { ok: code === 0, said: [...output, ...complaints].join(''), output: output.join('') }
}

function faults(list: readonly string[]): Outcome {
  return { ok: list.length === 0, said: list.join('\n') }
}

/** The parts of dependency-cruiser's report that are read here. */
interface Cruise {
  readonly modules: readonly { readonly source: string }[]
  readonly summary: {
    readonly totalCruised: number
    readonly violations: readonly { readonly from: string; readonly to: string; readonly rule: { readonly name: string } }[]
    readonly ruleSetUsed: { readonly forbidden: readonly { readonly name: string; readonly comment?: string }[] }
  }
}

/** A cruise that saw nothing, or not every layer, would pass every rule: then it fails (it did, with TypeScript 7). */
async function layers(): Promise<Outcome> {
  const ran = await tool('depcruise', '--config', 'scripts/config/layers.mjs', '--output-type', 'json', 'gateway', 'scripts', 'test')
  if (!ran.output.trimStart().startsWith('{')) return { ok: false, said: ran.said }
  const { modules, summary } = JSON.parse(ran.output) as Cruise // its documented report; what is read is listed above
  const why = new Map(summary.ruleSetUsed.forbidden.map((rule) => [rule.name, rule.comment ?? '']))
  const broken = summary.violations.map(({ from, to, rule }) => `${rule.name}: ${from} → ${to}\n    ${why.get(rule.name) ?? ''}`)
  const expected = ['core', 'exchange', 'http', 'seal', 'store', 'observe', 'config', 'cli']
  const unseen = expected.filter((layer) => !modules.some(({ source }) => source.startsWith(`gateway/${layer}/`)))
  const empty = summary.totalCruised === 0 || unseen.length > 0 ? [`no module was read in: ${unseen.join(', ')}`] : []
  const silent = summary.ruleSetUsed.forbidden
    .filter((rule) => (rule.comment ?? '').length < 20)
    .map((rule) => `the rule ${rule.name} gives no reason`)
  return faults([...empty, ...silent, ...broken])
}

export const STEPS: readonly Step[] = [
  {
    name: 'style',
    sees: 'format, imports and lint (Biome)',
    run: () => tool('biome', 'check', '--config-path=scripts/config/biome-settings.json', '--max-diagnostics=100', '.')
  },
  { name: 'types', sees: 'the compiler, strict', run: () => tool('tsc', '-p', '.') },
  {
    name: 'promises',
    sees: 'un-awaited promises, unwritten cases, house rules of syntax (ESLint)',
    run: () => tool('eslint', '-c', 'scripts/config/eslint.config.js', 'gateway', 'scripts', 'test')
  },
  { name: 'layers', sees: 'who imports whom (dependency-cruiser)', run: layers },
  {
    name: 'dead code',
    sees: 'files, exports and packages nobody uses (knip)',
    run: () => tool('knip', '-c', 'scripts/config/knip.json', '--no-progress')
  },
  { name: 'files', sees: 'long files have reasons, files say what they are', run: async () => faults(fileFaults(ROOT)) },
  { name: 'generated', sees: 'generated files are what the schemas make', run: () => tool('scripts/generate.ts', '--check') },
  { name: 'refused', sees: 'programs that must not compile do not', run: async () => faults(mustNotCompile(ROOT)) },
  { name: 'supply', sees: 'integrity, licences, hosts and install scripts in the lock file', run: async () => faults(supplyFaults(ROOT)) },
  { name: 'node', sees: 'the Node binary is the one we know', run: async () => faults(await nodeFaults(ROOT)) }
]
