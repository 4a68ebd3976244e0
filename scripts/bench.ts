/** `npm run bench [-- name…]`: every benchmark, or those named, one after the other, each a program of its own. Decides nothing: each prints ratios against a floor of its own run. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** V8's collector works on threads of its own otherwise, and one thread would be more than one. */
const ONE_IS_ONE = ['--single-threaded-gc']

const BENCHMARKS: readonly (readonly [name: string, says: string, flags?: readonly string[]])[] = [
  ['deidentify', 'parse → de-identify → stringify, one thread, against parse + stringify'],
  ['threads', 'the same with two threads against one, each with its own garbage collector, and the memory it takes', ONE_IS_ONE],
  ['accept', 'a body cut, read, validated and identified, one thread, against JSON.parse'],
  ['seal', 'chunked sealing, segments, the log and tokens, against plain AES-256-GCM'],
  ['log', 'durable entries, checkpoint lag, proofs and fsck at three sizes of the log, against a bare outbox insert and a hash chain'],
  [
    'tokens',
    'tokens over HTTP against verify, sign and insert alone; requests authorised; memory while keys rotate; how long failures take',
    ['--expose-gc']
  ],
  [
    'decisions',
    'record decisions with 1,000 agreements, 100,000 opt-outs and a roster of 1,000,000, against a Map look-up',
    ['--expose-gc', ...ONE_IS_ONE]
  ],
  ['risk', 'the cheapest generalisation of 30,000 rows x 8 quasi-identifiers; 1,000,000 subjects x 5 counted'],
  ['private-path', 'HTTP in → recorded, sealed, ready to pull; memory at 700 MB and 1.4 GB'],
  ['text', 'identifiers taken from texts, and what else was: recall by corpus and label, speed against reading every character']
]

const asked = process.argv.slice(2)
if (asked.includes('--help') || asked.some((name) => !BENCHMARKS.some(([known]) => known === name))) {
  console.log(['Usage: npm run bench [-- name…]', ...BENCHMARKS.map(([name, says]) => `  ${name.padEnd(14)}${says}`)].join('\n'))
  process.exit(asked.includes('--help') ? 0 : 2)
}
let failed = 0
for (const [name, says, flags = []] of BENCHMARKS.filter(([name]) => asked.length === 0 || asked.includes(name))) {
  console.log(`\n── ${name}: ${says}`)
  const file = fileURLToPath(new URL(`./bench/${name}.ts`, import.meta.url))
  if (spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', ...flags, file], { stdio: 'inherit' }).status !== 0) failed += 1
}
process.exitCode = failed > 0 ? 1 : 0
