/**
 * The proof of the log (`npm run proof:log`): random trees, a million unless `--trees` says otherwise, against a slow reference of RFC 6962, for roots, inclusion
 * and consistency. Prints how many and the seed, with which `--seed` repeats a run. Ends with 3 when one tree does not agree.
 */
import { parseArgs } from 'node:util'
import { proveTrees } from './proof/trees.ts'

const { values } = parseArgs({
  options: { trees: { type: 'string', default: '1000000' }, seed: { type: 'string', default: String(Date.now() % 2 ** 31) } }
})
const { trees, leaves, largest, seconds, faults } = proveTrees(Number(values.trees), Number(values.seed))
process.stdout.write(
  `${trees.toLocaleString('en-US')} random trees of ${leaves.toLocaleString('en-US')} leaves (largest ${largest}), seed ${values.seed}: `
)
process.stdout.write(`${faults.length === 0 ? 'all agree with RFC 6962' : `${faults.length} DO NOT AGREE`}, ${seconds.toFixed(1)} s\n`)
for (const fault of faults.slice(0, 20)) process.stdout.write(`  ${fault}\n`)
process.exitCode = faults.length === 0 ? 0 : 3
